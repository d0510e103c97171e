package dispatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch/message"
)

// DeviceStore keeps the app installations that receive notices, and the notices.
type DeviceStore interface {
	UpsertDevice(ctx context.Context, d Device) (Device, error) // by token
	Devices(ctx context.Context, account uuid.UUID) ([]Device, error)
	DeleteDevice(ctx context.Context, account, id uuid.UUID) error // KindNotFound when it is not the account's
	DeleteDevicesOf(ctx context.Context, account uuid.UUID) error
	DeleteTokens(ctx context.Context, tokens []string) error
	// InsertNotices writes notices and enqueues a SendNotice for each.
	InsertNotices(ctx context.Context, notices ...AddressedNotice) error
	// PendingNotice gives a notice and the devices of whom it is for that have not taken it yet.
	PendingNotice(ctx context.Context, id uuid.UUID) (Notice, []Device, error)
	MarkDelivered(ctx context.Context, notice uuid.UUID, devices []uuid.UUID) error
	// Locales gives the language of technicians and clients by id.
	Locales(ctx context.Context, technicians, clients []uuid.UUID) (map[uuid.UUID]string, error)
}

// AddressedNotice is a notice and whom it is for: a technician or a client.
type AddressedNotice struct {
	Notice
	TechnicianID uuid.UUID
	ClientID     uuid.UUID
}

// noticeTTL is how long a push service keeps trying: after a working day the route on the phone says it all.
const noticeTTL = 12 * time.Hour

// news is what somebody is to be told, before it has a language.
type news struct {
	technician uuid.UUID
	client     uuid.UUID
	code       string
	params     map[string]any
	visit      uuid.UUID // nil UUID: about the whole route
	collapse   string    // one key a route: an Android phone that is offline keeps four different ones at most
}

// tell writes notices in each person's language. The text names no place and no person.
func (s *Service) tell(ctx context.Context, items ...news) error {
	if len(items) == 0 {
		return nil
	}
	var technicians, clients []uuid.UUID
	for _, n := range items {
		if n.technician != uuid.Nil {
			technicians = append(technicians, n.technician)
		} else {
			clients = append(clients, n.client)
		}
	}
	locales, err := s.store.Locales(ctx, technicians, clients)
	if err != nil {
		return err
	}
	notices := make([]AddressedNotice, 0, len(items))
	for _, n := range items {
		locale := locales[n.technician]
		if n.technician == uuid.Nil {
			locale = locales[n.client]
		}
		data := map[string]string{"kind": n.code}
		if n.visit != uuid.Nil {
			data["visit_id"] = n.visit.String()
		}
		notices = append(notices, AddressedNotice{
			TechnicianID: n.technician, ClientID: n.client,
			Notice: Notice{
				ID: newID(), Title: message.Text(locale, n.code+".title", n.params), Body: message.Text(locale, n.code+".body", n.params),
				Collapse: n.collapse, TTL: noticeTTL, Data: data,
			},
		})
	}
	return s.store.InsertNotices(ctx, notices...)
}

// tellMove tells the technician of a visit that is taken from him, and the client of one who sets off.
func (s *Service) tellMove(ctx context.Context, by Actor, old, v Visit) error {
	switch {
	case old.Assignment != nil && v.Assignment == nil && (old.told() || old.Status.UnderWay()) && by.ID != old.Assignment.TechnicianID && v.Status != Refused:
		return s.tell(ctx, gone(old))
	case v.Status == EnRoute && old.Status != EnRoute:
		return s.tell(ctx, news{client: v.ClientID, code: "notice.en_route", visit: v.ID, collapse: "visit-" + v.ID.String()})
	}
	return nil
}

func gone(old Visit) news {
	return news{technician: old.Assignment.TechnicianID, code: "notice.visit_gone", visit: old.ID, collapse: "route-" + old.Assignment.ShiftID.String()}
}

// tellPlacements tells technicians of what a change of the plan made of visits they know of or are to know of.
func (s *Service) tellPlacements(ctx context.Context, before, after []Visit) error {
	var items []news
	for i, v := range after {
		old := before[i]
		moved := old.told() && old.Assignment != nil && (v.Assignment == nil || v.Assignment.TechnicianID != old.Assignment.TechnicianID)
		if moved {
			items = append(items, gone(old))
		}
		switch {
		case v.Status == Published && (moved || !old.told()):
			items = append(items, news{technician: v.Assignment.TechnicianID, code: "notice.visit_new", visit: v.ID, collapse: "route-" + v.Assignment.ShiftID.String()})
		case v.told() && old.told() && !moved && shifted(old.Assignment.Begin, v.Assignment.Begin):
			items = append(items, news{technician: v.Assignment.TechnicianID, code: "notice.visit_moved", visit: v.ID, collapse: "route-" + v.Assignment.ShiftID.String()})
		}
	}
	return s.tell(ctx, items...)
}

// shifted reports whether a time moved by enough to tell somebody.
func shifted(a, b time.Time) bool { return a.Sub(b).Abs() >= 5*time.Minute }

// tellRoutes tells each technician once of a route that was published, with how many visits it has.
func (s *Service) tellRoutes(ctx context.Context, routes []Route, published []Visit) error {
	fresh := map[uuid.UUID]bool{}
	for _, v := range published {
		fresh[v.Assignment.ShiftID] = true
	}
	var items []news
	for _, r := range routes {
		if !fresh[r.Shift.ID] {
			continue
		}
		items = append(items, news{
			technician: r.Shift.TechnicianID, code: "notice.route", params: map[string]any{"visits": len(r.Stops)}, collapse: "route-" + r.Shift.ID.String(),
		})
	}
	return s.tell(ctx, items...)
}

// RetryLater says that a job could not be done now and when to try again.
type RetryLater struct {
	After time.Duration // zero: the queue's own back-off
	Err   error
}

// Error implements error.
func (e *RetryLater) Error() string { return fmt.Sprintf("try again after %s: %v", e.After, e.Err) }

// Unwrap gives the cause.
func (e *RetryLater) Unwrap() error { return e.Err }

// SendNotice delivers a notice to the devices that have not taken it yet. A device whose token is gone is forgotten; a message that the
// push service calls wrong is an alarm in the log and not tried again; anything passing is tried again later.
func (s *Service) SendNotice(ctx context.Context, org, id uuid.UUID) error {
	var n Notice
	var devices []Device
	err := s.store.Tx(ctx, org, func(ctx context.Context) (err error) {
		n, devices, err = s.store.PendingNotice(ctx, id)
		return err
	})
	if err != nil || len(devices) == 0 {
		return err
	}
	tokens := make([]string, len(devices))
	for i, d := range devices {
		tokens[i] = d.Token
	}
	deliveries, after, err := s.sender.Send(ctx, n, tokens)
	if err != nil {
		return &RetryLater{After: after, Err: err}
	}
	return s.settleDeliveries(ctx, org, n, devices, deliveries, after)
}

func (s *Service) settleDeliveries(ctx context.Context, org uuid.UUID, n Notice, devices []Device, deliveries []Delivery, after time.Duration) error {
	var taken []uuid.UUID
	var dead []string
	var passing error
	for i, d := range deliveries {
		switch d.State {
		case Delivered:
			taken = append(taken, devices[i].ID)
		case TokenGone:
			dead = append(dead, d.Token)
		case MessageRefused:
			taken = append(taken, devices[i].ID)
			s.log.ErrorContext(ctx, "the push service refuses the message", "alarm", true, "notice", n.ID, "device", devices[i].ID, "error", d.Err)
		case Undelivered:
			passing = errors.Join(passing, d.Err)
		}
	}
	// What was delivered stays noted even when the worker is being stopped: a repeat would buzz twice.
	err := s.store.Tx(context.WithoutCancel(ctx), org, func(ctx context.Context) error {
		if err := s.store.MarkDelivered(ctx, n.ID, taken); err != nil {
			return err
		}
		return s.store.DeleteTokens(ctx, dead)
	})
	if err == nil && passing != nil {
		return &RetryLater{After: after, Err: passing}
	}
	return err
}

// RegisterDevice makes an app installation receive the principal's notices. A token that another account had moves over: one phone, one
// person.
func (s *Service) RegisterDevice(ctx context.Context, p Principal, platform Platform, token string) (d Device, err error) {
	var faults Faults
	faults.Check(token != "" && len(token) <= 4096, "/token", "device.token")
	switch platform {
	case PlatformAndroid, PlatformIOS, PlatformWeb:
	default:
		faults.Add("/platform", "field.enum", nil)
	}
	if err := faults.Err(); err != nil {
		return Device{}, err
	}
	now := s.clock()
	d = Device{ID: newID(), AccountID: p.ID, TechnicianID: p.TechnicianID, ClientID: p.ClientID, Platform: platform, Token: token, CreatedAt: now, UpdatedAt: now}
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		d, err = s.store.UpsertDevice(ctx, d)
		return err
	})
	return d, err
}

// Devices lists the principal's app installations.
func (s *Service) Devices(ctx context.Context, p Principal) (devices []Device, err error) {
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		devices, err = s.store.Devices(ctx, p.ID)
		return err
	})
	return devices, err
}

// ForgetDevice stops notices to an app installation.
func (s *Service) ForgetDevice(ctx context.Context, p Principal, id uuid.UUID) error {
	return s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error { return s.store.DeleteDevice(ctx, p.ID, id) })
}

// ForgetDevicesOf stops notices to every app installation of an account of the principal's organization: somebody who may no longer sign
// in. An account without any is no error.
func (s *Service) ForgetDevicesOf(ctx context.Context, p Principal, account uuid.UUID) error {
	if p.Role != RoleAdministrator && p.ID != account {
		return Forbidden()
	}
	return s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error { return s.store.DeleteDevicesOf(ctx, account) })
}
