package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"tournee/dispatch/message"
)

// metrics are what Prometheus reads of the HTTP side.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	streams  prometheus.Gauge
}

func newMetrics(registry *prometheus.Registry) (metrics, error) {
	m := metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tournee_http_requests_total", Help: "Requests answered, by route, method and status.",
		}, []string{"route", "method", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tournee_http_request_duration_seconds", Help: "Time to answer, by route and method; event streams left out.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route", "method"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "tournee_http_requests_in_flight", Help: "Requests being answered."}),
		streams:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "tournee_http_streams", Help: "Event streams open."}),
	}
	for _, c := range []prometheus.Collector{
		m.requests, m.duration, m.inFlight, m.streams,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := registry.Register(c); err != nil {
			return metrics{}, fmt.Errorf("api: metrics: %w", err)
		}
	}
	return m, nil
}

// attrs are the log fields that say which call a line is about.
func (c *call) attrs() []slog.Attr {
	a := []slog.Attr{slog.String("request_id", c.id), slog.String("trace_id", fmt.Sprintf("%x", c.trace.ID))}
	if c.operation != nil {
		a = append(a, slog.String("operation", c.operation.id))
	}
	if c.known() {
		a = append(a, slog.String("organization_id", c.principal.OrganizationID.String()),
			slog.String("principal_id", c.principal.ID.String()), slog.String("role", string(c.principal.Role)))
	}
	return a
}

// observe is the outermost stage: it makes the call, answers its errors and panics, and logs and counts it. The log names the route's
// template, never the path or the query, which may hold what is personal.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(e echo.Context) error {
		began := s.config.Now()
		c := newCall(e)
		c.operation = s.contract.operations[e.Request().Method][e.Path()]
		if c.operation != nil && c.operation.oauth {
			c.locale = message.English // RFC 6749 §5.2 takes ASCII alone
		}
		c.in(e)
		header := e.Response().Header()
		header.Set("X-Request-Id", c.id)
		header.Set("Traceparent", c.trace.String())
		secure(header)
		s.metrics.inFlight.Inc()
		defer s.metrics.inFlight.Dec()
		if err := s.recovered(e, next); err != nil {
			s.fail(err, e)
		}
		s.account(e, c, s.config.Now().Sub(began))
		return nil
	}
}

// account logs and counts an answered call.
func (s *Server) account(e echo.Context, c *call, took time.Duration) {
	r, w := e.Request(), e.Response()
	route := e.Path()
	if route == "" {
		route = "none"
	}
	method := r.Method
	if s.contract.operations[method] == nil && method != http.MethodHead && method != http.MethodOptions {
		method = "other" // a caller may invent methods; a metric's labels are not his to choose
	}
	s.metrics.requests.WithLabelValues(route, method, strconv.Itoa(w.Status)).Inc()
	if c.operation == nil || !c.operation.stream {
		s.metrics.duration.WithLabelValues(route, method).Observe(took.Seconds())
	}
	s.log.LogAttrs(r.Context(), slog.LevelInfo, "request", append(c.attrs(),
		slog.String("method", method), slog.String("route", route), slog.Int("status", w.Status), slog.Int64("bytes", w.Size),
		slog.Float64("ms", float64(took.Microseconds())/1000), slog.String("address", c.address))...)
}

// recovered gives a panic as an error. http.ErrAbortHandler goes on: it is how a handler ends a connection.
func (s *Server) recovered(e echo.Context, next echo.HandlerFunc) (err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			err = fmt.Errorf("api: panic: %v\n%s", p, debug.Stack())
		}
	}()
	return next(e)
}

// deadline bounds how long a call may take, its reading and writing too. A stream is bounded until it
// begins; from then on it sets a deadline for each write itself.
func (s *Server) deadline(next echo.HandlerFunc) echo.HandlerFunc {
	return func(e echo.Context) error {
		op := callOf(e.Request().Context()).operation
		allowed := defaultDeadline
		if op != nil && !op.stream {
			allowed = op.deadline
		}
		connection := http.NewResponseController(e.Response().Writer)
		until := time.Now().Add(allowed) // the connection's own clock, whatever the server's is
		if err := errors.Join(connection.SetReadDeadline(until), connection.SetWriteDeadline(until.Add(allowed/2))); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return fmt.Errorf("api: setting the connection's deadline: %w", err)
		}
		if op != nil && op.stream {
			return next(e)
		}
		ctx, cancel := context.WithTimeout(e.Request().Context(), allowed)
		defer cancel()
		e.SetRequest(e.Request().WithContext(ctx))
		return next(e)
	}
}

// secure sets the headers that keep a browser from guessing at, framing or keeping an answer.
func secure(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept-Language, Authorization")
}
