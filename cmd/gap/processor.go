package main

import (
	"syscall"
	"time"
)

// processor is the processor time this process has used, in user and kernel mode, all threads together. Unlike the clock on the wall it does
// not run while other programs do.
func processor() time.Duration { return used(syscall.RUSAGE_SELF) }

func used(who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		panic(err) // no argument of it can be wrong
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
