package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tournee/api"
	"tournee/api/limit"
	"tournee/dispatch"
	"tournee/dispatch/directory"
	"tournee/dispatch/geocode"
	"tournee/dispatch/identity"
	"tournee/dispatch/identity/firebaseauth"
	"tournee/dispatch/identity/oidc"
	"tournee/dispatch/mail"
	"tournee/dispatch/postgres"
	"tournee/dispatch/push"
	"tournee/geo"
	"tournee/geo/address"
	"tournee/geo/road"
	"tournee/openapi"
)

// node is one running program: the API, the jobs, and what they stand on. Many nodes share one PostgreSQL and one Redis.
type node struct {
	config   config
	log      *slog.Logger
	database *database
	store    *postgres.DB
	counters *limit.Store
	dispatch *dispatch.Service
	identity *identity.Service
	server   *api.Server
	jobs     *postgres.Jobs
}

// openNode connects and wires everything; nothing is served and no job runs yet.
func openNode(ctx context.Context, c config, log *slog.Logger) (n *node, err error) {
	n, err = openBusiness(ctx, c, log, openDatabase)
	if err != nil {
		return n, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.close(context.WithoutCancel(ctx)))
		}
	}()
	if n.identity, err = n.openIdentity(ctx); err != nil {
		return n, err
	}
	err = n.openServer()
	return n, err
}

// openBusiness is a node for a tool: the business on its database, without accounts and without HTTP.
func openBusiness(ctx context.Context, c config, log *slog.Logger, open func(context.Context, config, *slog.Logger) (*database, error)) (n *node, err error) {
	n = &node{config: c, log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.close(context.WithoutCancel(ctx)))
		}
	}()
	if n.database, err = open(ctx, c, log); err != nil {
		return n, err
	}
	if err := n.database.migrate(ctx, log); err != nil {
		return n, err
	}
	if n.store, err = postgres.Open(ctx, n.database.serving, 0); err != nil {
		return n, err
	}
	if err := n.store.OpenQueue(log); err != nil {
		return n, err
	}
	n.dispatch, err = n.openDispatch(ctx)
	return n, err
}

func (n *node) openDispatch(ctx context.Context) (*dispatch.Service, error) {
	sender, err := n.sender(ctx)
	if err != nil {
		return nil, err
	}
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return nil, err
	}
	travel, err := geo.NewEstimator(geo.DefaultParameters(), paris)
	if err != nil {
		return nil, err
	}
	geocoder, err := address.New(address.Config{BaseURL: n.config.GeocoderURL})
	if err != nil {
		return nil, err
	}
	engine, err := n.road()
	if err != nil {
		return nil, err
	}
	return dispatch.New(dispatch.Config{
		Store: n.store, Sender: sender, Geocoder: geocode.New(geocoder), Travel: travel, Road: engine, Clock: time.Now, Log: n.log, Secrets: n.config.SecretKeys,
		LinkBase: n.config.PublicURL, Version: programVersion(), Solves: searches(), Beside: beside, Patience: slotPatience,
	}), nil
}

// road is the road engine, if one is configured.
func (n *node) road() (dispatch.Road, error) {
	if n.config.TravelURL == "" {
		return nil, nil
	}
	client, err := road.New(road.Config{URL: n.config.TravelURL})
	if err != nil {
		return nil, fmt.Errorf("TRAVEL_URL: %w", err)
	}
	return client, nil
}

// slotPatience is for how long slots may be quoted from a plan that has changed while it is read anew: whoever takes one is decided on what holds
// then.
const slotPatience = 3 * time.Second

// sender delivers notices through Firebase, or into the log where nothing is configured.
func (n *node) sender(ctx context.Context) (dispatch.Sender, error) {
	c := n.config
	if c.FCMCredentials == "" && c.FCMProject == "" && c.FCMEndpoint == "" {
		return push.NewLog(n.log), nil
	}
	return push.NewFCM(ctx, push.Config{CredentialsFile: c.FCMCredentials, ProjectID: c.FCMProject, Endpoint: c.FCMEndpoint})
}

func (n *node) openIdentity(ctx context.Context) (*identity.Service, error) {
	mailer, err := n.mailer()
	if err != nil {
		return nil, err
	}
	verifiers, err := n.verifiers(ctx)
	if err != nil {
		return nil, err
	}
	return identity.New(postgres.Identity{DB: n.store}, directory.New(n.dispatch), mailer, verifiers, time.Now, rand.Reader, identity.Config{
		Issuer: n.config.PublicURL, Audience: n.config.PublicURL, LinkBase: n.config.PublicURL, Secrets: n.config.SecretKeys,
		Scopes: dispatch.Scopes(), Locale: "fr", Retention: auditKept,
	})
}

// auditKept is how long the audit of sign-ins is kept: a year, as the CNIL recommends at most for connection logs.
const auditKept = 365 * 24 * time.Hour

func (n *node) mailer() (identity.Mailer, error) {
	u := n.config.SMTPURL
	if u == nil {
		n.log.Warn("no SMTP_URL: mails, with the links in them, are written into this log")
		return mail.Log{Logger: n.log}, nil
	}
	password, _ := u.User.Password()
	return mail.NewSMTP(mail.Config{
		Address: u.Host, From: n.config.MailFrom, Username: u.User.Username(), Password: password, Plaintext: n.config.Development,
	}, time.Now)
}

// verifiers are the external issuers that are configured.
func (n *node) verifiers(ctx context.Context) (map[string]identity.Verifier, error) {
	all := map[string]identity.Verifier{}
	if n.config.OIDCIssuer != "" {
		v, err := oidc.New(oidc.Config{Issuer: n.config.OIDCIssuer, Audiences: n.config.OIDCAudience}, time.Now)
		if err != nil {
			return nil, err
		}
		all["oidc"] = v
	}
	// Also without a project: an emulator in the environment is refused outside development.
	if n.config.Firebase != "" || os.Getenv(firebaseauth.EmulatorVariable) != "" {
		credentials, err := readIfNamed(n.config.FCMCredentials)
		if err != nil {
			return nil, err
		}
		v, err := firebaseauth.New(ctx, firebaseauth.Config{ProjectID: n.config.Firebase, Credentials: credentials, Development: n.config.Development})
		if err != nil {
			return nil, err
		}
		all["firebase"] = v
	}
	return all, nil
}

func readIfNamed(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	return os.ReadFile(path)
}

func (n *node) openServer() (err error) {
	registry := prometheus.NewRegistry()
	n.counters = limit.Embedded()
	if n.config.RedisURL != "" {
		if n.counters, err = limit.Open(n.config.RedisURL); err != nil {
			return err
		}
	}
	limiter, err := limit.New(n.counters, limit.Options{Registerer: registry, Logger: n.log, Now: time.Now})
	if err != nil {
		return err
	}
	services := api.Services{
		Dispatch: n.dispatch, Identity: n.identity, Limiter: limiter, Now: time.Now,
		Health: api.Health{Version: programVersion(), Log: n.log, Checks: []api.Check{{Name: "database", Ask: n.store.Ping}}},
	}
	n.server, err = api.New(api.Config{
		Spec: openapi.YAML, Routes: services.Routes, Identity: n.identity, Limiter: limiter, Repeater: n.store, Events: n.dispatch,
		TrustedProxies: n.config.TrustedProxies, Registry: registry, Log: n.log, Now: time.Now,
	})
	return err
}

// startJobs works the queue off, unless this node is to serve only.
func (n *node) startJobs(ctx context.Context) (err error) {
	if n.config.Workers == 0 {
		return nil
	}
	if n.database.own != nil {
		if err := n.store.ReleaseJobs(ctx); err != nil {
			return err
		}
	}
	n.jobs, err = n.store.StartJobs(context.WithoutCancel(ctx), n.dispatch, n.config.Workers, n.log, n.store.SweepWorker(n.identity.Sweep), postgres.MailWorker(n.identity.DeliverMail))
	return err
}

// shutdownTime is how long running calls get to end, and then running jobs.
const shutdownTime = 20 * time.Second

// serve answers until the context ends or something breaks. ready is called once the address is open.
func (n *node) serve(ctx context.Context, ready func(address string)) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", n.config.Addr)
	if err != nil {
		return fmt.Errorf("opening %s (ADDR): %w", n.config.Addr, err)
	}
	if err := n.startJobs(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	ended := make(chan error, 1)
	go func() { ended <- n.server.Serve(listener) }()
	ready(listener.Addr().String())
	select {
	case <-ctx.Done():
		n.log.Info("stopping")
		return nil
	case err := <-ended:
		return err
	case err := <-n.database.failed():
		return err
	}
}

// close stops in the order in which things stand on one another. It may be called on a node that is only half open.
func (n *node) close(ctx context.Context) error {
	var faults []error
	if n.server != nil {
		faults = append(faults, inTime(ctx, n.server.Shutdown))
	}
	if n.jobs != nil {
		faults = append(faults, inTime(ctx, n.jobs.Stop))
	}
	if n.store != nil {
		n.store.Close()
	}
	if n.counters != nil {
		faults = append(faults, n.counters.Close())
	}
	if n.database != nil {
		faults = append(faults, n.database.close())
	}
	return errors.Join(faults...)
}

// inTime gives each stop the whole of shutdownTime, whatever the one before took.
func inTime(ctx context.Context, stop func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, shutdownTime)
	defer cancel()
	return stop(ctx)
}
