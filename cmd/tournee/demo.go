package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/demo"
	"tournee/dispatch/identity"
	"tournee/dispatch/message"
	"tournee/dispatch/postgres"
)

// demoSeed makes the same people and requests on every machine.
const demoSeed = 2026

// demoFile remembers, beside the data, what the demo made: its sign-ins and the plan to tell of.
type demoFile struct {
	Organization uuid.UUID     `json:"organization"`
	Span         dispatch.Span `json:"span"`
	Plan         uuid.UUID     `json:"plan"`
	SignIns      []demoSignIn  `json:"sign_ins"`
	APIKey       string        `json:"api_key"`
}

type demoSignIn struct {
	Role     dispatch.Role `json:"role"`
	Name     string        `json:"name"`
	Email    string        `json:"email"`
	Password string        `json:"password"`
}

func demoCommand(ctx context.Context, args []string, out, log io.Writer) (err error) {
	if err := noArguments("demo", args); err != nil {
		return err
	}
	n, err := open(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.close(context.WithoutCancel(ctx))) }()
	d, err := n.loadDemo(ctx)
	if err != nil {
		return err
	}
	summary, err := n.demoSummary(ctx, d)
	if err != nil {
		return err
	}
	return n.serve(ctx, func(address string) {
		fmt.Fprint(out, summary)
		fmt.Fprintf(out, "\nTournée serves on http://%s; documentation: http://%s/docs; the contract: http://%s/openapi.yaml\nCtrl-C stops it; what you do is kept until the next make run.\n", address, address, address)
	})
}

// loadDemo gives the demo organization, made and planned: the one made before, or a new one. It may be interrupted at any moment and goes on
// the next time.
func (n *node) loadDemo(ctx context.Context) (demoFile, error) {
	path := filepath.Join(n.config.DataDir, "demo.json")
	d, err := n.foundDemo(ctx, path)
	if err != nil {
		return d, err
	}
	if d.Organization == uuid.Nil {
		if d, err = n.makeDemo(ctx, path); err != nil {
			return d, fmt.Errorf("making the demo organization: %w", err)
		}
	}
	if d.Plan != uuid.Nil {
		return d, nil
	}
	if d.Plan, err = n.planDemo(ctx, d); err != nil {
		return d, fmt.Errorf("planning the demo: %w", err)
	}
	return d, d.write(path)
}

// foundDemo reads the file of a demo made before; a zero one when there is none, or when the database is another.
func (n *node) foundDemo(ctx context.Context, path string) (d demoFile, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return demoFile{}, nil
	}
	if err != nil {
		return demoFile{}, err
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return demoFile{}, fmt.Errorf("%s is damaged: %w", path, err)
	}
	_, err = n.dispatch.Organization(ctx, dispatch.Principal{OrganizationID: d.Organization, Role: dispatch.RoleAdministrator})
	if err != nil && dispatch.KindOf(err) == dispatch.KindNotFound {
		return demoFile{}, nil
	}
	return d, err
}

// makeDemo makes the organization and its sign-ins in one transaction. The file is written before the commit: a file without an organization is
// passed over, an organization without its file could not be signed in to.
func (n *node) makeDemo(ctx context.Context, path string) (d demoFile, err error) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return d, err
	}
	n.log.Info("making the demo organization")
	world := demo.New(demoSeed, time.Now().In(paris))
	err = n.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		loaded, err := demo.Load(ctx, n.dispatch, n.store.Tx, world)
		if dispatch.CodeOf(err) == "organization.slug_taken" {
			return fmt.Errorf("the database has a demo organization, but %s, which holds its passwords, is gone: start on another DATA_DIR or database", path)
		}
		if err != nil {
			return err
		}
		d.Organization, d.Span = loaded.Administrator.OrganizationID, loaded.Span
		if err := n.demoSignIns(ctx, &d, loaded); err != nil {
			return err
		}
		return d.write(path)
	})
	return d, err
}

// planDemo plans the demo's days.
func (n *node) planDemo(ctx context.Context, d demoFile) (uuid.UUID, error) {
	if err := postgres.Analyze(ctx, n.database.migrator); err != nil {
		return uuid.Nil, err
	}
	p := dispatch.Principal{OrganizationID: d.Organization, Role: dispatch.RoleAdministrator}
	run, err := n.dispatch.StartPlan(ctx, p, d.Span, demoSeed, 0)
	if err != nil {
		return uuid.Nil, err
	}
	if err := n.dispatch.RunPlan(ctx, d.Organization, run.ID); err != nil {
		return uuid.Nil, err
	}
	return run.ID, postgres.Analyze(ctx, n.database.migrator) // the plan's rows
}

func (d demoFile) write(path string) error {
	text, err := json.MarshalIndent(d, "", "  ") //nolint:gosec // the passwords are for the file's owner: mode 0600
	if err != nil {
		return err
	}
	return writePrivate(path, append(text, '\n'))
}

// demoSignIns makes an account for each role, and an API key for the partner. The passwords are this machine's own.
func (n *node) demoSignIns(ctx context.Context, d *demoFile, loaded demo.Loaded) error {
	people := []struct {
		role    dispatch.Role
		name    string
		account identity.NewAccount
	}{
		{dispatch.RoleClient, loaded.ClientName, identity.NewAccount{ClientID: loaded.Client}},
		{dispatch.RoleTechnician, loaded.TechnicianName, identity.NewAccount{TechnicianID: loaded.Technician}},
		{dispatch.RoleDispatcher, "Dominique Régulier", identity.NewAccount{}},
		{dispatch.RoleAdministrator, "Alix Gérant", identity.NewAccount{}},
	}
	for _, who := range people {
		a := who.account
		a.OrganizationID, a.Role, a.Name, a.Locale = d.Organization, who.role, who.name, "fr"
		a.Email, a.Password = string(who.role)+"@demo.example", strings.ToLower(rand.Text())
		if _, err := n.identity.Provision(ctx, a); err != nil {
			return err
		}
		d.SignIns = append(d.SignIns, demoSignIn{Role: who.role, Name: who.name, Email: a.Email, Password: a.Password})
	}
	_, key, err := n.identity.CreateAPIKey(ctx, loaded.Administrator, identity.NewKey{
		PartnerID: loaded.Partner, Name: "demo", Scopes: dispatch.Scopes(), ExpiresAt: time.Now().AddDate(1, 0, 0),
	}, identity.Caller{})
	d.APIKey = key
	return err
}

// demoSummary tells what the demo's planning came to, and how to sign in.
func (n *node) demoSummary(ctx context.Context, d demoFile) (string, error) {
	p := dispatch.Principal{OrganizationID: d.Organization, Role: dispatch.RoleAdministrator}
	run, err := n.dispatch.Plan(ctx, p, d.Plan)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	s := run.Summary
	fmt.Fprintf(&b, "\nThe demo organization, %s to %s:\n\n", run.Start.Format(time.DateOnly), run.End.Add(-time.Second).Format(time.DateOnly))
	fmt.Fprintf(&b, "  %d visits planned in %d routes, %d of them remote; %d unassigned\n", s.Planned, s.Shifts, s.Remote, s.Unassigned)
	fmt.Fprintf(&b, "  travel is %.0f %% of the working time; the plan took %.1f s\n", 100*s.TravelShare(), float64(s.SolveMillis)/1000)
	writeReasons(&b, s.Reasons)
	fmt.Fprintf(&b, "\nSign-ins (POST /v1/auth/sign-in with e-mail and password; the API key goes where a token goes):\n\n")
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, a := range d.SignIns {
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", a.Role, a.Email, a.Password, a.Name)
	}
	err = table.Flush()
	fmt.Fprintf(&b, "\n  %s: API key %s\n", dispatch.RolePartner, d.APIKey)
	return b.String(), err
}

// writeReasons lists why visits are unassigned: each reason, and between how many pairs of visit and technician it stands.
func writeReasons(b *strings.Builder, reasons map[string]int) {
	if len(reasons) == 0 {
		return
	}
	codes := make([]string, 0, len(reasons))
	for code := range reasons {
		codes = append(codes, code)
	}
	slices.SortFunc(codes, func(x, y string) int { return reasons[y] - reasons[x] })
	fmt.Fprintf(b, "\n  why not (each reason counted over the unassigned visits and the technicians; GET /v1/visits/{id}/candidates tells all of one):\n")
	for _, code := range codes {
		fmt.Fprintf(b, "  %7d  %s\n", reasons[code], message.Text(message.English, "summary."+code, nil))
	}
}
