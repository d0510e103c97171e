//go:build !linux

package embedded

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// dieWithParent does nothing where the system has no parent-death signal: the
// next Start finds and stops the orphan.
func dieWithParent(*syscall.SysProcAttr, syscall.Signal) {}

// commandLine is the command line of a process, empty if it cannot be told.
func commandLine(pid int) string {
	text, err := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
