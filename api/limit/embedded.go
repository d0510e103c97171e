package limit

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// embeddedTimeout is generous: there is no network to wait for, only a busy processor.
const embeddedTimeout = time.Second

// Embedded gives a store in this process, for one process on one machine. It listens on no port. Its counters end with the process.
func Embedded() *Store {
	server := miniredis.NewMiniRedis()
	hook := shortcut(server, time.Now)
	client := redis.NewClient(&redis.Options{
		Dialer: func(context.Context, string, string) (net.Conn, error) {
			conn, err := server.Dial() // the first one starts the server
			if err == nil {
				server.Server().SetPreHook(hook)
			}
			return conn, err
		},
		ReadTimeout:              embeddedTimeout,
		WriteTimeout:             embeddedTimeout,
		PoolTimeout:              embeddedTimeout,
		ContextTimeoutEnabled:    true,
		MaxRetries:               -1,
		PoolSize:                 redisPool,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	ended := make(chan struct{})
	var janitor sync.WaitGroup
	ticker := time.NewTicker(time.Second)
	janitor.Go(func() { expire(server, ticker.C, time.Now(), ended) })
	return &Store{client: client, timeout: embeddedTimeout, stop: sync.OnceFunc(func() {
		ticker.Stop()
		close(ended)
		janitor.Wait()
		_ = client.Close() // before its server, which waits for its connections
		server.Close()
	})}
}

// expire ages the keys by the time between ticks: miniredis does not by itself, and its ClockTTL walks through all keys at every command.
func expire(server *miniredis.Miniredis, ticks <-chan time.Time, last time.Time, ended <-chan struct{}) {
	for {
		select {
		case now := <-ticks:
			server.FastForward(now.Sub(last))
			last = now
		case <-ended:
			return
		}
	}
}
