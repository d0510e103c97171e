package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// open reads the settings and opens a node; the caller closes it.
func open(ctx context.Context, log io.Writer) (*node, error) {
	c, err := loadServing(os.Getenv)
	if err != nil {
		return nil, err
	}
	return openNode(ctx, c, c.logger(log))
}

// noArguments refuses what a command would silently pass over.
func noArguments(command string, args []string) error {
	if len(args) > 0 {
		return &usageError{fmt.Sprintf("tournee %s takes no arguments; settings are environment variables", command)}
	}
	return nil
}

func serveCommand(ctx context.Context, args []string, out, log io.Writer) (err error) {
	if err := noArguments("serve", args); err != nil {
		return err
	}
	n, err := open(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.close(context.WithoutCancel(ctx))) }()
	token, err := n.identity.BootstrapToken(ctx)
	if err != nil {
		return err
	}
	return n.serve(ctx, func(address string) {
		fmt.Fprintf(out, "Tournée serves on http://%s (documentation: http://%s/docs)\n", address, address)
		if token != "" {
			fmt.Fprintf(out, firstAdministrator, address, token)
		}
	})
}

const firstAdministrator = `
There is no administrator yet. Make the first one, and the organization, with this token; it works once and is not shown again:

  curl -sS http://%s/v1/auth/bootstrap -H 'Content-Type: application/json' -d '{
    "token": "%s",
    "organization_name": "My company", "organization_slug": "my-company", "time_zone": "Europe/Paris",
    "name": "My name", "email": "me@example.org", "locale": "fr", "password": "a long passphrase of mine"}'

`

func migrateCommand(ctx context.Context, args []string, log io.Writer) error {
	if err := noArguments("migrate", args); err != nil {
		return err
	}
	c, err := loadConfig(os.Getenv)
	if err != nil {
		return err
	}
	return withDatabase(ctx, c, c.logger(log), func(*database) error { return nil })
}
