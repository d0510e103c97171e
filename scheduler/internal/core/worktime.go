package core

// Rule: paid time, and overtime that is allowed up to a limit and priced. Who
// is free to leave late is paid from leaving; otherwise the shift's own hours
// are part of its cost.

// WorkTime walks what a technician's time costs.
type WorkTime struct{}

// Stop has nothing to add.
func (WorkTime) Stop(*Walk, *stop) {}

// Close prices the time from leaving to the end, and what is after the shift's
// regular end.
func (WorkTime) Close(w *Walk) {
	if w.shift.Free {
		w.pay(Work, hourly(w.now-w.start, w.shift.WorkHour))
	}
	w.pay(Overtime, hourly(w.now-w.shift.Regular, w.shift.OvertimeHour))
}
