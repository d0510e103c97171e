package dispatch

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/google/uuid"
)

// AssetKinds lists the kinds of device.
func AssetKinds() []string {
	return []string{"laptop", "desktop", "printer", "server", "router", "phone", "tablet", "other"}
}

// maxAssetText is the longest make, model or serial number, in characters.
const maxAssetText = 100

// visibleAsset reads an asset of a given version and hides it from those who may not see its client.
func (s *Service) visibleAsset(ctx context.Context, p Principal, id uuid.UUID, version int) (Asset, error) {
	a, err := s.store.Asset(ctx, id)
	if err != nil {
		return Asset{}, err
	}
	if err := s.ofVisibleClient(ctx, p, a.ClientID, "asset"); err != nil {
		return Asset{}, err
	}
	return a, fresh(a.Version, version, "asset")
}

// Asset gives one asset that the principal may see.
func (s *Service) Asset(ctx context.Context, p Principal, id uuid.UUID) (Asset, error) {
	return within(ctx, s, p, func(ctx context.Context) (Asset, error) { return s.visibleAsset(ctx, p, id, 0) })
}

// Assets lists a client's assets.
func (s *Service) Assets(ctx context.Context, p Principal, client uuid.UUID, page Page) (Listing[Asset], error) {
	return within(ctx, s, p, func(ctx context.Context) (list Listing[Asset], err error) {
		f, err := s.partyFilter(ctx, p, client)
		if err != nil {
			return list, err
		}
		return s.store.Assets(ctx, f, page)
	})
}

// checkAsset tidies an asset and notes everything wrong with it.
func (s *Service) checkAsset(ctx context.Context, p Principal, a *Asset) error {
	var faults Faults
	faults.externalID(p, &a.External)
	faults.Check(slices.Contains(AssetKinds(), a.Kind), "/kind", "asset.kind")
	faults.line("/make", &a.Make, maxAssetText)
	faults.line("/model", &a.Model, maxAssetText)
	faults.line("/serial", &a.Serial, maxAssetText)
	faults.labels("/metadata", &a.Metadata)
	if a.WarrantyEnd != nil {
		day := time.Date(a.WarrantyEnd.Year(), a.WarrantyEnd.Month(), a.WarrantyEnd.Day(), 0, 0, 0, 0, time.UTC)
		a.WarrantyEnd = &day
	}
	if err := s.checkSiteOf(ctx, &faults, a.ClientID, a.SiteID); err != nil {
		return err
	}
	return faults.Err()
}

// CreateAsset makes an asset of a client that the principal may see.
func (s *Service) CreateAsset(ctx context.Context, p Principal, a Asset) (Asset, error) {
	return within(ctx, s, p, func(ctx context.Context) (Asset, error) { return s.insertAsset(ctx, p, a) })
}

func (s *Service) insertAsset(ctx context.Context, p Principal, a Asset) (Asset, error) {
	client, err := s.visibleClient(ctx, p, a.ClientID)
	if err != nil {
		return Asset{}, err
	}
	if err := s.checkAsset(ctx, p, &a); err != nil {
		return Asset{}, err
	}
	a.Record = s.newRecord()
	if err := s.store.InsertAsset(ctx, a); err != nil {
		return Asset{}, err
	}
	return a, s.store.AppendEvents(ctx, clientEvent(client, p))
}

// PatchAsset changes an asset of the given version: patch is applied to it as it stands.
func (s *Service) PatchAsset(ctx context.Context, p Principal, id uuid.UUID, version int, patch func(*Asset)) (Asset, error) {
	return changing(ctx, s, p, func(ctx context.Context) (Asset, error) {
		old, err := s.visibleAsset(ctx, p, id, version)
		if err != nil {
			return old, err
		}
		a := old
		a.Metadata = maps.Clone(old.Metadata)
		patch(&a)
		return s.replaceAsset(ctx, p, old, a)
	})
}

// replaceAsset writes a changed asset; one that is as before is left alone.
func (s *Service) replaceAsset(ctx context.Context, p Principal, old, a Asset) (Asset, error) {
	a.External, a.ClientID = External{}, old.ClientID
	if err := s.checkAsset(ctx, p, &a); err != nil {
		return Asset{}, err
	}
	a.Record, a.External = old.Record, old.External
	if reflect.DeepEqual(a, old) && old.DeletedAt == nil {
		return old, nil
	}
	a.Record = s.next(old.Record)
	return a, s.writeAsset(ctx, p, a)
}

func (s *Service) writeAsset(ctx context.Context, p Principal, a Asset) error {
	if err := s.store.UpdateAsset(ctx, a); err != nil {
		return overtaken(err)
	}
	client, err := s.store.Client(ctx, a.ClientID)
	if err != nil {
		return err
	}
	return s.store.AppendEvents(ctx, clientEvent(client, p))
}

// UpsertAsset makes the asset with this external id, or replaces the one there is; a repeat changes nothing.
func (s *Service) UpsertAsset(ctx context.Context, p Principal, version int, in Asset) (a Asset, created bool, err error) {
	return upserting[Asset]{
		noun: "asset",
		find: func(ctx context.Context) (Asset, error) {
			return s.store.AssetByExternalID(ctx, External{p.PartnerID, in.ExternalID})
		},
		record: func(a Asset) Record { return a.Record },
		insert: func(ctx context.Context) (Asset, error) {
			a, err := s.insertAsset(ctx, p, in)
			return a, unknownClient(err)
		},
		replace: func(ctx context.Context, old Asset) (Asset, error) {
			if old.ClientID != in.ClientID {
				return Asset{}, Conflict("record.identity", nil)
			}
			return s.replaceAsset(ctx, p, old, in)
		},
	}.run(ctx, s, p, version)
}

// DeleteAsset takes an asset of the given version out. It is refused while an open request names it.
func (s *Service) DeleteAsset(ctx context.Context, p Principal, id uuid.UUID, version int) error {
	return s.change(ctx, p, func(ctx context.Context) error {
		a, err := s.visibleAsset(ctx, p, id, version)
		if err != nil {
			return err
		}
		if err := s.refuseOpenRequests(ctx, "asset", id); err != nil {
			return err
		}
		a.Record = s.buried(a.Record)
		return s.writeAsset(ctx, p, a)
	})
}
