package dispatch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// DecisionKind says what decided.
type DecisionKind string

// The kinds of decision.
const (
	DecidedByRun    DecisionKind = "plan"
	DecidedByReplan DecisionKind = "replan"
)

// Decision is a plan that was decided on, with all that it takes to make it again to the bit. It holds ids, times and travel matrices: no names,
// and no places.
type Decision struct {
	ID         uuid.UUID
	Kind       DecisionKind
	MadeAt     time.Time
	Program    string // version
	Seed       uint64
	Iterations int64 // asked for
	Reached    int64 // fewer than asked for, when it was stopped
	Input      []byte
	InputHash  []byte
	OutputHash []byte
}

// DecisionStore keeps decisions for as long as the policy says.
type DecisionStore interface {
	InsertDecision(ctx context.Context, d Decision) error
	Decision(ctx context.Context, id uuid.UUID) (Decision, error)
	ForgetDecisions(ctx context.Context, before time.Time) error
}

// decisionInput is what a decision's Input holds, as gzipped JSON.
type decisionInput struct {
	Problem json.RawMessage    `json:"problem"` // as scheduler.WriteProblem has it
	Start   []decisionRoute    `json:"start"`
	Frozen  map[uuid.UUID]bool `json:"frozen,omitempty"` // shifts that stay as they were; for people, the problem has it
}

// decisionRoute is one route of the plan that the search started from.
type decisionRoute struct {
	Shift      string         `json:"shift"`
	Technician string         `json:"technician"`
	Stops      []decisionStop `json:"stops"`
}

type decisionStop struct {
	Visit       string `json:"visit"`
	Alternative int    `json:"alternative,omitempty"`
}

// decision records what a plan was decided on.
func (s *Service) decision(kind DecisionKind, p *problem, frozen freeze, start, plan *scheduler.Plan) (Decision, error) {
	d := Decision{ID: newID(), Kind: kind, MadeAt: s.clock(), Program: s.version, Seed: plan.Seed, Iterations: plan.Budget, Reached: plan.Iterations}
	var text bytes.Buffer
	if err := scheduler.WriteProblem(&text, &p.Problem); err != nil {
		return d, fmt.Errorf("dispatch: recording a decision: %w", err)
	}
	in := decisionInput{Problem: text.Bytes(), Frozen: frozen}
	for _, r := range start.Routes {
		route := decisionRoute{Shift: r.Shift, Technician: r.Technician}
		for _, stop := range r.Stops {
			route.Stops = append(route.Stops, decisionStop{Visit: stop.Visit, Alternative: stop.Alternative})
		}
		in.Start = append(in.Start, route)
	}
	raw, err := json.Marshal(in)
	if err != nil {
		return d, err
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(raw); err != nil {
		return d, err
	}
	if err := z.Close(); err != nil {
		return d, err
	}
	hash := sha256.Sum256(raw)
	d.Input, d.InputHash, d.OutputHash = packed.Bytes(), hash[:], planHash(plan)
	return d, nil
}

// planHash is SHA-256 over who does what when: the routes of a plan.
func planHash(plan *scheduler.Plan) []byte {
	h := sha256.New()
	for _, r := range plan.Routes {
		fmt.Fprintf(h, "%s %d %d\n", r.Shift, r.Start, r.Finish)
		for _, s := range r.Stops {
			fmt.Fprintf(h, "%s %s %d %d %d %d\n", s.Visit, s.Break, s.Alternative, s.Arrive, s.Begin, s.Depart)
		}
	}
	return h.Sum(nil)
}

// The most that is unpacked of a decision: a hostile row must not fill the memory.
const maxDecision = 1 << 30

// Replayed is a decision made again.
type Replayed struct {
	Decision
	Problem *scheduler.Problem
	Plan    *scheduler.Plan
	Same    bool // to the bit
}

// ReplayDecision makes the plan of a decision again.
func (s *Service) ReplayDecision(ctx context.Context, org, id uuid.UUID) (out Replayed, err error) {
	err = s.store.Tx(ctx, org, func(ctx context.Context) error {
		out.Decision, err = s.store.Decision(ctx, id)
		return err
	})
	if err != nil {
		return out, err
	}
	z, err := gzip.NewReader(bytes.NewReader(out.Input))
	if err != nil {
		return out, fmt.Errorf("dispatch: unpacking decision %s: %w", id, err)
	}
	raw, err := io.ReadAll(io.LimitReader(z, maxDecision))
	if err != nil {
		return out, fmt.Errorf("dispatch: unpacking decision %s: %w", id, err)
	}
	if hash := sha256.Sum256(raw); !bytes.Equal(hash[:], out.InputHash) {
		return out, errors.New("dispatch: the input of the decision is not what was stored")
	}
	var in decisionInput
	if err := json.Unmarshal(raw, &in); err != nil {
		return out, err
	}
	if out.Problem, err = scheduler.ReadProblem(bytes.NewReader(in.Problem)); err != nil {
		return out, err
	}
	start := &scheduler.Plan{}
	for _, r := range in.Start {
		route := scheduler.Route{Shift: r.Shift, Technician: r.Technician}
		for _, stop := range r.Stops {
			route.Stops = append(route.Stops, scheduler.Stop{Visit: stop.Visit, Alternative: stop.Alternative})
		}
		start.Routes = append(start.Routes, route)
	}
	o := scheduler.Options{Seed: out.Seed, Iterations: out.Iterations, Start: start, Stop: func() bool { return ctx.Err() != nil }}
	if out.Reached < out.Iterations {
		o.StopAt = out.Reached
	}
	if out.Plan, err = scheduler.Solve(out.Problem, o); err != nil {
		return out, err
	}
	out.Same = bytes.Equal(planHash(out.Plan), out.OutputHash)
	return out, ctx.Err()
}
