// Command tournee is the whole program: the server with its database, the planner on a file, and the tools around them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

const usage = `tournee: technician dispatch and scheduling for IT support

  tournee demo                      serve a demo organization in Île-de-France, planned and ready to look at
  tournee serve                     answer the API and work the jobs off
  tournee migrate                   bring the database to this program's schema
  tournee solve [flags] FILE        plan a problem from a file ("-": standard input), tournee's own or VROOM's; see tournee solve -h
  tournee import KIND FILE [flags]  read technicians, skills, shifts or clients from CSV; see tournee import -h
  tournee backup FILE               write the whole database to one file
  tournee restore FILE              read it back, into an empty database
  tournee audit                     check the stored plan: nobody in two places, no promise broken, no booking lost
  tournee board [flags]             draw a territory's day, and follow it with --follow; see tournee board -h
  tournee replay ID [--out FILE]    make a plan that was decided on again, to the bit
  tournee version

Settings are environment variables: see the README's table. Without DATABASE_URL the program runs its own PostgreSQL, without REDIS_URL its
own store for rate limits.
`

// version is set by the linker at release.
var version = ""

func main() {
	// The first Ctrl-C stops in order; a second one at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	var wrong *usageError
	var coded *exitError
	switch {
	case err == nil:
	case errors.As(err, &coded):
		fmt.Fprintln(os.Stderr, "tournee:", err)
		os.Exit(coded.code)
	case errors.As(err, &wrong):
		fmt.Fprintln(os.Stderr, "tournee:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "tournee:", err)
		os.Exit(1)
	}
}

// usageError says that the command line is wrong.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// exitError is an error with an exit code that its caller expects.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func run(ctx context.Context, args []string, in io.Reader, out, log io.Writer) error {
	if len(args) == 0 {
		fmt.Fprint(out, usage)
		return &usageError{"name a command"}
	}
	command, rest := args[0], args[1:]
	switch command {
	case "demo":
		return demoCommand(ctx, rest, out, log)
	case "serve":
		return serveCommand(ctx, rest, out, log)
	case "migrate":
		return migrateCommand(ctx, rest, log)
	case "solve":
		return solveCommand(ctx, rest, in, out, log)
	case "import":
		return importCommand(ctx, rest, out, log)
	case "backup":
		return backupCommand(ctx, rest, out, log)
	case "restore":
		return restoreCommand(ctx, rest, out, log)
	case "audit":
		return auditCommand(ctx, rest, out, log)
	case "board":
		return boardCommand(ctx, rest, out, log)
	case "replay":
		return replayCommand(ctx, rest, out, log)
	case "version":
		fmt.Fprintln(out, programVersion())
		return nil
	case "help", "-h", "--help":
		fmt.Fprint(out, usage)
		return nil
	}
	return &usageError{fmt.Sprintf("there is no command %q; tournee help lists them", command)}
}

// programVersion is the release, else the commit the program was built from.
func programVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}
