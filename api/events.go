package api

import (
	"context"
	"encoding/json"
	"net/http"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

func eventOf(e dispatch.Event) oapi.Event {
	data := oapi.EventData(e.Data)
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
		Render:      func(e dispatch.Event) ([]byte, error) { return json.Marshal(eventOf(e)) },
	}}, nil
}
