package embedded

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// dieWithParent has the kernel send sig to the process when the thread that
// started it ends.
func dieWithParent(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }

// commandLine is the command line of a process, empty if it cannot be told.
func commandLine(pid int) string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	if err != nil {
		return ""
	}
	return strings.ReplaceAll(strings.TrimRight(string(text), "\x00"), "\x00", " ")
}
