package main

import "syscall"

// niceness is how much a search yields to everything else, as nice(1) counts.
const niceness = 10

// yield ranks the calling thread behind the program's others; on Linux a priority is a thread's.
func yield() { _ = syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), niceness) } // where it is forbidden, searches rank as all do
