package limit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	redisTimeout = 100 * time.Millisecond // a rate limit is worth no longer a wait
	redisPool    = 32                     // connections per node: at 1 ms a round trip, 32,000 requests per second
)

// Open gives a store in the Redis at an address such as
//
//	redis://user:password@host:6379/0    rediss:// for TLS, unix:///path for a socket
//	rediss://:password@a:6379,b:6379     several nodes: a Redis Cluster
//
// It reaches no network: a Redis that is down is found out, and lived with, by the Limiter.
func Open(address string) (*Store, error) {
	options, err := parse(address)
	if err != nil {
		return nil, err
	}
	return open(options), nil
}

func open(o *redis.UniversalOptions) *Store {
	quiet()
	return &Store{client: redis.NewUniversalClient(o), timeout: redisTimeout, stop: func() {}}
}

// parse never shows the address in an error: it may hold a password.
func parse(address string) (*redis.UniversalOptions, error) {
	first, hosts := split(address)
	o, err := redis.ParseURL(first)
	if err != nil {
		return nil, errors.New("limit: the Redis address cannot be read; it looks like redis://user:password@host:6379/0")
	}
	addresses := []string{o.Addr}
	for _, host := range hosts {
		if !strings.Contains(host, ":") {
			return nil, fmt.Errorf("limit: the Redis node %q lacks its port", host)
		}
		addresses = append(addresses, host)
	}
	if len(addresses) > 1 {
		if o.DB != 0 {
			return nil, fmt.Errorf("limit: a Redis Cluster has no database %d, only 0", o.DB)
		}
		if o.TLSConfig != nil {
			o.TLSConfig.ServerName = "" // each node proves its own name
		}
	}
	return &redis.UniversalOptions{
		Addrs:                 addresses,
		Username:              o.Username,
		Password:              o.Password,
		DB:                    o.DB,
		TLSConfig:             o.TLSConfig,
		DialTimeout:           redisTimeout,
		ReadTimeout:           redisTimeout,
		WriteTimeout:          redisTimeout,
		PoolTimeout:           redisTimeout,
		ContextTimeoutEnabled: true,
		MaxRetries:            -1,
		DialerRetries:         1,
		MaxRedirects:          2, // a slot that moved is followed, within the timeout of the whole
		PoolSize:              redisPool,
		MinIdleConns:          1,
		DisableIdentity:       true,
		MaintNotificationsConfig: &maintnotifications.Config{
			Mode: maintnotifications.ModeDisabled, // a feature of one vendor's cloud
		},
	}, nil
}

// split cuts "scheme://user@a:1,b:2/0" into "scheme://user@a:1/0" and the further nodes. net/url refuses the comma.
func split(address string) (first string, hosts []string) {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok || scheme == "unix" {
		return address, nil
	}
	tail := ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest, tail = rest[:i], rest[i:]
	}
	user := ""
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		user, rest = rest[:i+1], rest[i+1:]
	}
	nodes := strings.Split(rest, ",")
	return scheme + "://" + user + nodes[0] + tail, nodes[1:]
}

// quiet keeps go-redis from writing a line of its own for every failed dial: the Limiter says once that the store is gone.
var quiet = sync.OnceFunc(func() { redis.SetLogger(silence{}) })

type silence struct{}

// Printf implements the logger of go-redis.
func (silence) Printf(context.Context, string, ...any) {}
