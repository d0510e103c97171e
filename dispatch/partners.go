package dispatch

import (
	"context"

	"github.com/google/uuid"
)

// Partner gives one partner.
func (s *Service) Partner(ctx context.Context, p Principal, id uuid.UUID) (Partner, error) {
	return within(ctx, s, p, func(ctx context.Context) (Partner, error) { return s.store.Partner(ctx, id) })
}

// Partners lists the partners.
func (s *Service) Partners(ctx context.Context, p Principal, page Page) (Listing[Partner], error) {
	return within(ctx, s, p, func(ctx context.Context) (Listing[Partner], error) { return s.store.Partners(ctx, page) })
}

// CreatePartner makes a partner.
func (s *Service) CreatePartner(ctx context.Context, p Principal, name string) (Partner, error) {
	partner := Partner{Record: s.newRecord(), Name: name}
	var faults Faults
	faults.name("/name", &partner.Name)
	if err := faults.Err(); err != nil {
		return Partner{}, err
	}
	return within(ctx, s, p, func(ctx context.Context) (Partner, error) { return partner, s.store.InsertPartner(ctx, partner) })
}

// PatchPartner changes a partner of the given version: patch is applied to it as it stands.
func (s *Service) PatchPartner(ctx context.Context, p Principal, id uuid.UUID, version int, patch func(*Partner)) (Partner, error) {
	return changing(ctx, s, p, func(ctx context.Context) (Partner, error) {
		old, err := s.freshPartner(ctx, id, version)
		if err != nil {
			return old, err
		}
		changed := old
		patch(&changed)
		var faults Faults
		faults.name("/name", &changed.Name)
		if err := faults.Err(); err != nil || changed.Name == old.Name {
			return changed, err
		}
		changed.Record = s.next(old.Record)
		return changed, overtaken(s.store.UpdatePartner(ctx, changed))
	})
}

func (s *Service) freshPartner(ctx context.Context, id uuid.UUID, version int) (Partner, error) {
	old, err := s.store.Partner(ctx, id)
	if err != nil {
		return old, err
	}
	return old, fresh(old.Version, version, "partner")
}

// DeletePartner takes a partner of the given version out; what it sent stays. revoke ends its API keys in the same transaction.
func (s *Service) DeletePartner(ctx context.Context, p Principal, id uuid.UUID, version int, revoke func(ctx context.Context) error) error {
	return s.change(ctx, p, func(ctx context.Context) error {
		old, err := s.freshPartner(ctx, id, version)
		if err != nil {
			return err
		}
		old.Record = s.buried(old.Record)
		if err := overtaken(s.store.UpdatePartner(ctx, old)); err != nil {
			return err
		}
		return revoke(ctx)
	})
}
