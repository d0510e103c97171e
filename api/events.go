package api

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

// exactTimes are what events of visits say that clients and partners are told by an interval only.
var exactTimes = map[string][]string{dispatch.EventVisitPlanned: {"begin"}, dispatch.EventVisitETA: {"old", "new"}}

// eventOf is an event as the caller may see it.
func eventOf(p dispatch.Principal, e dispatch.Event) oapi.Event {
	data := oapi.EventData(e.Data)
	if names, some := exactTimes[e.Kind]; some && !p.Staff() && p.Role != dispatch.RoleTechnician {
		data = maps.Clone(data)
		for _, name := range names {
			delete(data, name)
		}
	}
	if data == nil {
		data = oapi.EventData{}
	}
	return oapi.Event{
		ID: eventID(e.Cursor), At: e.At, Kind: e.Kind, RequestID: e.RequestID, VisitID: e.VisitID, ClientID: e.ClientID, TechnicianID: e.TechnicianID,
		ActorRole: oapi.EventActor(e.ActorRole), ActorID: e.ActorID, Data: data,
	}
}

// eventStream is the answer of StreamEvents: it writes until the reader leaves.
type eventStream struct {
	ctx     context.Context //nolint:containedctx // the generated interface passes none
	streams *Streams
	want    Stream
}

// VisitStreamEventsResponse implements oapi.StreamEventsResponseObject.
func (e eventStream) VisitStreamEventsResponse(w http.ResponseWriter) error {
	return e.streams.Serve(e.ctx, w, e.want)
}

// StreamEvents streams what happens, as far as the caller may see it.
func (h *handlers) StreamEvents(ctx context.Context, in oapi.StreamEventsRequestObject) (oapi.StreamEventsResponseObject, error) {
	c := callOf(ctx)
	return eventStream{ctx: ctx, streams: h.streams, want: Stream{
		Bearer:      c.bearer,
		Principal:   c.principal,
		Filter:      dispatch.EventFilterFor(c.principal, in.Params.Kinds),
		LastEventID: in.Params.LastEventID,
		Render:      func(e dispatch.Event) ([]byte, error) { return json.Marshal(eventOf(c.principal, e)) },
	}}, nil
}
