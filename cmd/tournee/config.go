package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"tournee/dispatch/postgres/embedded"
)

// config is what the environment says. The README's table explains each setting.
type config struct {
	Addr           string
	DatabaseURL    string // "": the program's own PostgreSQL
	MigrateURL     string // "" with DatabaseURL: somebody else migrates
	RedisURL       string // "": the program's own store
	DataDir        string
	PGBin          string
	SecretKeys     [][]byte // for serving: the first makes, all verify
	PublicURL      string
	SMTPURL        *url.URL
	MailFrom       string
	FCMCredentials string
	FCMProject     string
	FCMEndpoint    string
	OIDCIssuer     string
	OIDCAudience   []string
	Firebase       string
	GeocoderURL    string
	TravelURL      string // "": the estimator tells all travel times
	TrustedProxies []netip.Prefix
	Workers        int
	Development    bool
	LogLevel       slog.Level
	LogJSON        bool
}

// loadServing is loadConfig for a program that people reach: it also needs the secret, and to know where they reach it.
func loadServing(env func(string) string) (config, error) {
	c, err := loadConfig(env)
	faults := []error{err}
	if c.PublicURL == "" && !c.Development && (c.DatabaseURL != "" || !loopback(c.Addr)) {
		faults = append(faults, errors.New("PUBLIC_URL: needed with DATABASE_URL, or an ADDR that others reach: people reach the program there; links and tokens carry it (https://tournee.example.fr)"))
	}
	if c.PublicURL == "" {
		c.PublicURL = "http://" + c.Addr
	}
	if c.SecretKeys, err = secretKeys(env("SECRET_KEY"), c); err != nil {
		faults = append(faults, fmt.Errorf("SECRET_KEY: %w", err))
	}
	return c, errors.Join(faults...)
}

// loopback reports whether only this machine reaches the address. One without a host, such as :8080, is open on every network.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// loadConfig reads the environment and tells every fault at once. What only serving needs is not asked for.
func loadConfig(env func(string) string) (config, error) {
	or := func(name, fallback string) string {
		if v := env(name); v != "" {
			return v
		}
		return fallback
	}
	var faults []error
	fault := func(name, want string) { faults = append(faults, fmt.Errorf("%s: %s", name, want)) }
	c := config{
		Addr: or("ADDR", "127.0.0.1:8080"), DatabaseURL: env("DATABASE_URL"), MigrateURL: env("MIGRATE_DATABASE_URL"), RedisURL: env("REDIS_URL"),
		DataDir: env("DATA_DIR"), PGBin: env("PG_BIN"), PublicURL: strings.TrimRight(env("PUBLIC_URL"), "/"), MailFrom: or("MAIL_FROM", "Tournée <no-reply@localhost>"),
		FCMCredentials: env("FCM_CREDENTIALS"), FCMProject: env("FCM_PROJECT"), FCMEndpoint: env("FCM_ENDPOINT"),
		OIDCIssuer: env("OIDC_ISSUER"), Firebase: env("FIREBASE_PROJECT"), GeocoderURL: env("GEOCODER_URL"), TravelURL: env("TRAVEL_URL"), LogJSON: or("LOG_FORMAT", "text") == "json",
	}
	if audience := env("OIDC_AUDIENCE"); audience != "" {
		c.OIDCAudience = strings.Split(audience, ",")
	}
	if c.OIDCIssuer != "" && len(c.OIDCAudience) == 0 {
		fault("OIDC_AUDIENCE", "name the client ids that OIDC_ISSUER's tokens are for")
	}
	if c.DataDir == "" {
		dir, err := embedded.DefaultDataDir()
		if err != nil {
			fault("DATA_DIR", err.Error())
		}
		c.DataDir = dir
	}
	switch mode := or("MODE", "production"); mode {
	case "production":
	case "development":
		c.Development = true
	default:
		fault("MODE", "production or development")
	}
	var err error
	if c.Workers, err = strconv.Atoi(or("WORKERS", "2")); err != nil || c.Workers < 0 || c.Workers > 1000 {
		fault("WORKERS", "0 to 1000 jobs at once")
	}
	if err := c.LogLevel.UnmarshalText([]byte(or("LOG_LEVEL", "info"))); err != nil {
		fault("LOG_LEVEL", "debug, info, warn or error")
	}
	if text := env("SMTP_URL"); text != "" {
		if c.SMTPURL, err = url.Parse(text); err != nil || c.SMTPURL.Scheme != "smtp" || c.SMTPURL.Port() == "" {
			fault("SMTP_URL", "smtp://[user:password@]host:port")
		}
	}
	for text := range strings.SplitSeq(env("TRUSTED_PROXIES"), ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			fault("TRUSTED_PROXIES", "networks such as 10.0.0.0/8, separated by commas")
		}
		c.TrustedProxies = append(c.TrustedProxies, prefix)
	}
	return c, errors.Join(faults...)
}

// secretLength is that of a key: 256 bits, as long as the MAC's hash.
const secretLength = 32

// secretKeys reads the keys, newest first and separated by commas. With the program's own database they may be left out: one is then made and
// kept beside the data.
func secretKeys(text string, c config) ([][]byte, error) {
	if text == "" && c.DatabaseURL != "" {
		return nil, errors.New("needed with DATABASE_URL: 32 random bytes in hexadecimal, the same on every node (openssl rand -hex 32)")
	}
	if text == "" {
		return ownSecret(filepath.Join(c.DataDir, "secret"))
	}
	var keys [][]byte
	for part := range strings.SplitSeq(text, ",") {
		key, err := hex.DecodeString(strings.TrimSpace(part))
		if err != nil || len(key) < secretLength {
			return nil, errors.New("at least 32 bytes in hexadecimal (openssl rand -hex 32); several separated by commas, newest first")
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func ownSecret(path string) ([][]byte, error) {
	text, err := os.ReadFile(path)
	if err == nil {
		key, err := hex.DecodeString(strings.TrimSpace(string(text)))
		if err != nil || len(key) < secretLength {
			return nil, fmt.Errorf("%s is damaged; without it nobody stays signed in: restore it, or remove it and sign in anew", path)
		}
		return [][]byte{key}, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	key := make([]byte, secretLength)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	return [][]byte{key}, writePrivate(path, []byte(hex.EncodeToString(key)+"\n"))
}

// writePrivate writes a file that only this account may read, whole or not at all.
func writePrivate(path string, data []byte) error {
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// logger writes to w as configured.
func (c config) logger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogJSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
