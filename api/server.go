// Package api is the HTTP side: it validates a call against the contract, finds out who calls, applies limits and the idempotency key,
// and turns the values of the contract into those of the business and back. Errors leave as problem documents.
//
// A call goes through the stages in the order that New lists them; each is one file.
package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"tournee/api/limit"
)

// Config is what a Server is made from. Every field is required unless it says otherwise.
type Config struct {
	Spec           []byte                     // the contract: openapi.YAML
	Routes         func(*echo.Echo, *Streams) // registers a handler for every operation of the contract
	Identity       Authenticator
	Limiter        Limiter
	Repeater       Repeater
	Events         EventSource
	TrustedProxies []netip.Prefix       // whose X-Forwarded-For is believed; empty: nobody's
	Registry       *prometheus.Registry // served at /metrics
	Log            *slog.Logger
	Now            func() time.Time
}

// Server answers the calls of every organization.
type Server struct {
	config   Config
	log      *slog.Logger
	contract *contract
	metrics  metrics
	refused  *limit.Refused
	streams  *Streams
	echo     *echo.Echo
	http     *http.Server
}

// New makes a Server and refuses a contract that leaves out who may call an operation, or that Routes does not serve whole.
func New(config Config) (*Server, error) {
	contract, err := loadContract(config.Spec)
	if err != nil {
		return nil, err
	}
	m, err := newMetrics(config.Registry)
	if err != nil {
		return nil, err
	}
	s := &Server{config: config, log: config.Log, contract: contract, metrics: m, refused: limit.NewRefused(config.Now), echo: echo.New()}
	s.streams = NewStreams(config.Events, config.Identity, m.streams, config.Log)
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.HTTPErrorHandler = s.fail
	s.echo.IPExtractor = addresses(config.TrustedProxies)
	s.echo.Use(s.observe, s.deadline, s.limited, s.authorize, s.validate, s.once, s.unchanged)
	if err := s.pages(); err != nil {
		return nil, err
	}
	config.Routes(s.echo, s.streams)
	if err := s.complete(); err != nil {
		return nil, err
	}
	s.http = &http.Server{
		Handler:           s.echo,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(config.Log.Handler(), slog.LevelWarn),
	}
	return s, nil
}

// complete checks that every operation has a handler and every route under /v1 an operation: nothing is served unguarded.
func (s *Server) complete() error {
	routes := map[string]bool{}
	for _, r := range s.echo.Routes() {
		routes[r.Method+" "+r.Path] = true
	}
	var faults []error
	for _, op := range s.contract.each() {
		route := op.route.Method + " " + op.path
		if !routes[route] {
			faults = append(faults, fmt.Errorf("api: operation %s (%s) has no handler", op.id, route))
		}
		delete(routes, route)
	}
	for route := range routes {
		if !s.isPage(route) {
			faults = append(faults, fmt.Errorf("api: route %s is not in the contract", route))
		}
	}
	return errors.Join(faults...)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// Streams are the event streams, for the handler of /v1/events and for whoever knows that something happened.
func (s *Server) Streams() *Streams { return s.streams }

// Serve answers on the listener until Shutdown. It gives nil after Shutdown.
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("api: serving: %w", err)
	}
	return nil
}

// Shutdown ends the event streams, lets the other calls finish until ctx is done, and then cuts what is left.
func (s *Server) Shutdown(ctx context.Context) error {
	s.streams.Close()
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("api: shutting down: %w", err), s.http.Close())
	}
	return nil
}

// addresses finds the caller's address: the connection's own, or what the trusted proxies say in X-Forwarded-For.
func addresses(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		_, network, err := net.ParseCIDR(p.Masked().String())
		if err != nil {
			continue // a valid prefix is a valid CIDR
		}
		trust = append(trust, echo.TrustIPRange(network))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}
