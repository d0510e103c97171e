package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
)

// boardQuery is which board is to be drawn, and how.
type boardQuery struct {
	organization uuid.UUID
	territory    uuid.UUID
	date         time.Time // zero: today
	follow       bool
	locale       string
}

// boardCommand draws a territory's day, once or for as long as it is looked at.
func boardCommand(ctx context.Context, args []string, out, log io.Writer) (err error) {
	flags := flag.NewFlagSet("tournee board", flag.ContinueOnError)
	flags.SetOutput(log)
	organization := flags.String("organization", "", "of this organization's `slug`; needed where there are several")
	territory := flags.String("territory", "", "of the territory with this `id`; all when absent")
	date := flags.String("date", "", "the `day`, as 2026-06-15; today when absent")
	follow := flags.Bool("follow", false, "draw it again whenever something happens, until Ctrl-C")
	locale := flags.String("locale", "en", "`fr` or en")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return &usageError{"tournee board takes --territory ID, --date D, --follow, --organization SLUG and --locale"}
	}
	q := boardQuery{follow: *follow, locale: *locale}
	if q.locale != "fr" && q.locale != "en" {
		return &usageError{fmt.Sprintf("there is no %q; there are fr and en", q.locale)}
	}
	if *territory != "" {
		if q.territory, err = uuid.Parse(*territory); err != nil {
			return &usageError{fmt.Sprintf("%q is no id of a territory", *territory)}
		}
	}
	if *date != "" {
		if q.date, err = time.Parse(time.DateOnly, *date); err != nil {
			return &usageError{fmt.Sprintf("%q is no day such as 2026-06-15", *date)}
		}
	}
	c, err := loadConfig(os.Getenv)
	if err != nil {
		return err
	}
	n, err := openBusiness(ctx, c, c.logger(log), besideDatabase)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.close(context.WithoutCancel(ctx))) }()
	if q.organization, err = n.organizationOf(ctx, *organization); err != nil {
		return err
	}
	return followBoard(ctx, n.dispatch, q, newCanvas(out))
}

// organizationOf finds an organization by its slug, or the only one there is.
func (n *node) organizationOf(ctx context.Context, slug string) (uuid.UUID, error) {
	all, err := n.store.Organizations(ctx)
	if err != nil {
		return uuid.Nil, err
	}
	if slug == "" && len(all) == 1 {
		return all[0], nil
	}
	for _, id := range all {
		o, err := n.dispatch.Organization(ctx, dispatch.Principal{OrganizationID: id, Role: dispatch.RoleDispatcher})
		if err != nil {
			return uuid.Nil, err
		}
		if o.Slug == slug {
			return id, nil
		}
	}
	if slug == "" {
		return uuid.Nil, &usageError{fmt.Sprintf("there are %d organizations: name one by --organization", len(all))}
	}
	return uuid.Nil, fmt.Errorf("there is no organization %q", slug)
}

// How often a board that is followed looks for events, and is drawn again without any: time goes on.
const (
	boardPoll = time.Second
	boardTurn = 30 * time.Second
)

// boardSource gives boards and what happened since: dispatch.Service.
type boardSource interface {
	DayBoard(ctx context.Context, p dispatch.Principal, territory uuid.UUID, day func(zone string) dispatch.Span) (dispatch.DayBoard, error)
	Events(ctx context.Context, org uuid.UUID, filter dispatch.EventFilter, after dispatch.EventCursor, limit int) ([]dispatch.Event, error)
}

// followBoard draws a board, and again whenever something happened, until the context is over.
func followBoard(ctx context.Context, s boardSource, q boardQuery, c *canvas) error {
	p := dispatch.Principal{OrganizationID: q.organization, Role: dispatch.RoleDispatcher, Locale: q.locale}
	poll := time.NewTicker(boardPoll)
	defer poll.Stop()
	for {
		b, err := s.DayBoard(ctx, p, q.territory, q.day)
		if err != nil {
			return over(ctx, err)
		}
		if err := c.draw(b, time.Now(), q.locale); err != nil || !q.follow {
			return err
		}
		for drawn := time.Now(); time.Since(drawn) < boardTurn; {
			select {
			case <-ctx.Done():
				return nil
			case <-poll.C:
			}
			happened, err := s.Events(ctx, q.organization, dispatch.EventFilter{}, b.AsOf, 1)
			if err != nil {
				return over(ctx, err)
			}
			if len(happened) > 0 {
				break
			}
		}
	}
}

// over makes nothing of an error of looking on after Ctrl-C.
func over(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}

// day is the one asked for, in a zone.
func (q boardQuery) day(name string) dispatch.Span {
	zone, err := dispatch.Zone(name)
	if err != nil {
		zone = time.UTC
	}
	date := q.date
	if date.IsZero() {
		date = time.Now().In(zone)
	}
	start := time.Date(date.Year(), date.Month(), date.Day(), 0, 0, 0, 0, zone)
	return dispatch.Span{Start: start, End: start.AddDate(0, 0, 1)}
}
