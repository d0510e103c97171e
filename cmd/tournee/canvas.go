package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/message"
)

// canvas is where boards are drawn: plain text of so many columns, in colours and over the last one on a terminal only.
type canvas struct {
	to       io.Writer
	terminal *os.File // nil: it is none
	page     bytes.Buffer
	zone     *time.Location
	width    int
}

// The colours of a terminal: ECMA-48, SGR.
const (
	plain  = ""
	bold   = "\x1b[1m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	faint  = "\x1b[2m"
)

// The width where it is not known, and the least that is drawn in.
const (
	usualWidth = 100
	leastWidth = 40
)

func newCanvas(out io.Writer) *canvas {
	c := &canvas{to: out}
	if file, ok := out.(*os.File); ok && isTerminal(file) {
		c.terminal = file
	}
	return c
}

// columns is how wide the terminal is: what COLUMNS says, else what it says itself.
func (c *canvas) columns() int {
	n, err := strconv.Atoi(os.Getenv("COLUMNS"))
	if err != nil || n <= 0 {
		n = usualWidth
		if c.terminal != nil {
			if wide := terminalWidth(c.terminal); wide > 0 {
				n = wide
			}
		}
	}
	return max(leastWidth, n)
}

// linef writes one line, cut to the width.
func (c *canvas) linef(colour, format string, args ...any) {
	text := []rune(strings.TrimRight(fmt.Sprintf(format, args...), " "))
	if len(text) > c.width {
		text = append(text[:c.width-1], '…')
	}
	if c.terminal != nil && colour != plain {
		fmt.Fprintf(&c.page, "%s%s\x1b[0m\n", colour, string(text))
		return
	}
	fmt.Fprintf(&c.page, "%s\n", string(text))
}

// flow writes what is put together by a mark on as many lines as it takes.
func (c *canvas) flow(text, mark string) {
	line := ""
	for part := range strings.SplitSeq(text, mark) {
		if line != "" && utf8.RuneCountInString(line+mark+part) > c.width {
			c.linef(plain, "%s", line)
			line = ""
		}
		if line != "" {
			line += mark
		}
		line += part
	}
	c.linef(plain, "%s", line)
}

func (c *canvas) clock(t time.Time) string { return t.In(c.zone).Format("15:04") }

// draw writes a board at once, so that a terminal does not flicker.
func (c *canvas) draw(b dispatch.DayBoard, now time.Time, locale string) error {
	c.page.Reset()
	c.width, c.zone = c.columns(), time.UTC
	if zone, err := dispatch.Zone(b.TimeZone); err == nil {
		c.zone = zone
	}
	if c.terminal != nil {
		c.page.WriteString("\x1b[2J\x1b[H")
	}
	word := func(code string, params map[string]any) string { return message.Text(locale, "board."+code, params) }
	k := b.KPIs
	c.linef(bold, "%s", word("title", map[string]any{"day": b.Start.In(c.zone).Format(time.DateOnly), "now": c.clock(now)}))
	c.flow(word("figures", map[string]any{
		"on_time": k.OnTime, "begun": k.Begun, "late": k.Late, "kept": k.Kept, "due": k.Due, "done": k.Done, "visits": k.Visits, "left_out": k.LeftOut,
		"busy": int(100*k.Utilisation + 0.5), "travel": lasts(k.Travel),
	}), " · ")
	for _, r := range b.Routes {
		c.linef(plain, "")
		c.linef(bold, "%s  %s–%s", r.TechnicianName, c.clock(r.Shift.Start), c.clock(r.Shift.End))
		for _, stop := range r.Stops {
			c.stop(stop, word)
		}
	}
	c.waiting(b, word, locale)
	c.alerts(b, word, locale)
	_, err := c.to.Write(c.page.Bytes())
	return err
}

// stop is one line: the state, when it was planned and when it is expected, between when, and what was promised.
func (c *canvas) stop(stop dispatch.Stop, word func(string, map[string]any) string) {
	v := stop.Visit
	planned, _ := v.Planned()
	begin, end := v.Assignment.Begin, v.Assignment.Depart
	if v.ActualStart != nil {
		begin = *v.ActualStart
	}
	if v.ActualEnd != nil {
		end = *v.ActualEnd
	}
	between := ""
	if e := v.Expected(); e != nil {
		between = c.clock(e.Earliest) + "–" + c.clock(e.Latest)
	}
	told, colour := "", plain
	if v.Promise != nil {
		told = word("promised", map[string]any{"start": c.clock(v.Promise.Start), "end": c.clock(v.Promise.End)})
	}
	late := ""
	switch {
	case v.Late():
		late, colour = word("late", nil), red
	case v.Status == dispatch.Completed:
		colour = green
	case v.Status.UnderWay():
		colour = yellow
	case v.Status.Over():
		colour = faint
	}
	where := ""
	if stop.Site != nil {
		where = stop.Site.Address.City
	}
	c.linef(colour, "  %-11s %s  %s–%s  %-11s  %-9s  %-16.16s  %s %s", word("status."+string(v.Status), nil), c.clock(planned), c.clock(begin), c.clock(end), between, v.Reference, where, late, told)
}

func (c *canvas) waiting(b dispatch.DayBoard, word func(string, map[string]any) string, locale string) {
	if len(b.Unassigned) == 0 {
		return
	}
	c.linef(plain, "")
	c.linef(bold, "%s", word("unassigned", nil))
	for _, v := range b.Unassigned {
		why := ""
		for _, t := range v.UnassignedReasons {
			if len(t.Reasons) > 0 {
				why = message.Text(locale, t.Reasons[0].Code, t.Reasons[0].Params)
				break
			}
		}
		c.linef(yellow, "  %-9s  P%d  %s–%s  %s", v.Reference, v.Priority, c.clock(v.Windows[0].Start), c.clock(v.Windows[len(v.Windows)-1].End), why)
	}
}

func (c *canvas) alerts(b dispatch.DayBoard, word func(string, map[string]any) string, locale string) {
	if len(b.Alerts) == 0 {
		return
	}
	names, references := map[uuid.UUID]string{}, map[uuid.UUID]string{}
	for _, r := range b.Routes {
		names[r.Shift.TechnicianID] = r.TechnicianName
		for _, stop := range r.Stops {
			references[stop.Visit.ID] = stop.Visit.Reference
		}
	}
	for _, v := range b.Unassigned {
		references[v.ID] = v.Reference
	}
	c.linef(plain, "")
	c.linef(bold, "%s", word("alerts", nil))
	for _, a := range b.Alerts {
		remedy := ""
		if r := a.Remedy; r != nil {
			remedy = "→ " + word("remedy."+string(r.Kind), map[string]any{"name": names[r.TechnicianID]})
		}
		c.linef(red, "  %s  %-16.16s  %-9s  %s %s", c.clock(a.CreatedAt), names[a.TechnicianID], references[a.VisitID], message.Text(locale, "alert."+string(a.Kind), a.Params), remedy)
	}
}

// lasts tells a length as 14h20.
func lasts(d time.Duration) string {
	return fmt.Sprintf("%dh%02d", int(d.Hours()), int(d.Minutes())%60)
}
