package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/message"
)

// importKinds are what a file may hold.
var importKinds = []dispatch.ImportKind{dispatch.ImportTechnicians, dispatch.ImportSkills, dispatch.ImportShifts, dispatch.ImportClients}

const importUsage = `tournee import KIND FILE [--dry-run] [--organization SLUG]: read technicians, skills, shifts or clients from a CSV file

All of the file is taken over, or nothing: with one line wrong, every fault of every line is told and the exit code is 1. Lines are matched by
external_id (skills by code), so the same file may be read again. The columns are in the API's documentation, under "Import a CSV file".
`

// importOrder is what an import was asked to do.
type importOrder struct {
	kind         dispatch.ImportKind
	file         string
	dryRun       bool
	organization string // a slug; "" where there is only one organization
}

func importCommand(ctx context.Context, args []string, out, log io.Writer) (err error) {
	order, err := importOrderOf(args, log)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	file, err := os.Open(order.file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	c, err := loadConfig(os.Getenv)
	if err != nil {
		return err
	}
	n, err := openBusiness(ctx, c, c.logger(log), besideDatabase)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.close(context.WithoutCancel(ctx))) }()
	p := dispatch.Principal{Role: dispatch.RoleAdministrator, Locale: message.English}
	if p.OrganizationID, err = n.organizationNamed(ctx, order.organization); err != nil {
		return err
	}
	report, err := n.dispatch.Import(ctx, p, order.kind, file, order.dryRun)
	if err != nil {
		return sentences(err)
	}
	return printImport(out, order.file, report)
}

// importOrderOf reads the command line; flags may stand before, between and after the two names.
func importOrderOf(args []string, log io.Writer) (importOrder, error) {
	var order importOrder
	flags := flag.NewFlagSet("tournee import", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.BoolVar(&order.dryRun, "dry-run", false, "only say what it would do")
	flags.StringVar(&order.organization, "organization", "", "the slug of the organization; needed where there are several")
	flags.Usage = func() {
		fmt.Fprint(log, importUsage)
		flags.PrintDefaults()
	}
	var names []string
	for rest := args; ; {
		if err := flags.Parse(rest); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return order, err
			}
			return order, &usageError{err.Error()}
		}
		if flags.NArg() == 0 {
			break
		}
		names, rest = append(names, flags.Arg(0)), flags.Args()[1:]
	}
	if len(names) != 2 {
		return order, &usageError{"tournee import takes what the file holds and the file: tournee import technicians staff.csv"}
	}
	order.kind, order.file = dispatch.ImportKind(names[0]), names[1]
	if !slices.Contains(importKinds, order.kind) {
		return order, &usageError{fmt.Sprintf("tournee import reads technicians, skills, shifts or clients, not %q", names[0])}
	}
	return order, nil
}

// organizationNamed is the organization with the slug; without one, the only organization that there is.
func (n *node) organizationNamed(ctx context.Context, slug string) (uuid.UUID, error) {
	if slug != "" {
		id, err := n.dispatch.OrganizationBySlug(ctx, slug)
		if dispatch.KindOf(err) == dispatch.KindNotFound {
			return id, fmt.Errorf("there is no organization %q", slug)
		}
		return id, err
	}
	all, err := n.store.Organizations(ctx)
	if err != nil {
		return uuid.Nil, err
	}
	switch len(all) {
	case 0:
		return uuid.Nil, errors.New("there is no organization yet; tournee serve says how to make the first one")
	case 1:
		return all[0], nil
	}
	return uuid.Nil, &usageError{fmt.Sprintf("there are %d organizations; name one with --organization", len(all))}
}

// printImport tells what an import did, line by line where it went wrong; the error says that nothing was taken over.
func printImport(out io.Writer, file string, r dispatch.ImportReport) error {
	for _, p := range r.Problems {
		where := fmt.Sprintf("%s:%d", file, p.Line)
		if p.Column != "" {
			where += ", " + p.Column
		}
		fmt.Fprintf(out, "%s: %s (%s)\n", where, message.Text(message.English, p.Code, p.Params), p.Code)
	}
	if len(r.Problems) > 0 {
		return fmt.Errorf("nothing of %s is taken over (%d problems)", file, len(r.Problems))
	}
	note := ""
	if r.DryRun {
		note = "; this was a dry run: nothing is written"
	}
	fmt.Fprintf(out, "%s, %s: %d new, %d changed, %d as they were%s\n", file, r.Kind, r.Created, r.Updated, r.Unchanged, note)
	return nil
}

// sentences says a refusal of the business in words.
func sentences(err error) error {
	var known *dispatch.Error
	if !errors.As(err, &known) || known.Kind == dispatch.KindInternal {
		return err
	}
	var all []string
	for _, f := range known.Faults {
		all = append(all, message.Text(message.English, f.Code, f.Params))
	}
	if len(all) == 0 {
		all = append(all, message.Text(message.English, known.Code, known.Params))
	}
	return errors.New(strings.Join(all, " "))
}
