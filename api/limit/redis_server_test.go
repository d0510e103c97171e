package limit

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisServer is a real Redis on loopback, without persistence.
type redisServer struct {
	port    int
	args    []string
	process *exec.Cmd
}

// startRedis starts one, or skips the test where there is none to start; on CI that is a failure.
func startRedis(t testing.TB, args ...string) *redisServer {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("redis-server is not installed")
		}
		t.Skip("redis-server is not installed")
	}
	s := &redisServer{port: freePort(t), args: args}
	s.start(t)
	t.Cleanup(func() { s.kill(t) })
	return s
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

func (s *redisServer) address() string { return "127.0.0.1:" + strconv.Itoa(s.port) }

func (s *redisServer) url() string { return "redis://" + s.address() + "/0" }

// start starts the process and waits until it answers.
func (s *redisServer) start(t testing.TB) {
	t.Helper()
	args := append([]string{
		"--port", strconv.Itoa(s.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir(),
	}, s.args...)
	s.process = exec.Command("redis-server", args...)
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	c := s.client(t)
	defer func() { _ = c.Close() }()
	eventually(t, "redis-server answers", func(ctx context.Context) bool { return c.Ping(ctx).Err() == nil })
	if ours := fmt.Sprintf("process_id:%d\r\n", s.process.Process.Pid); !strings.Contains(c.Info(t.Context(), "server").Val(), ours) {
		t.Fatalf("port %d was taken by another server", s.port)
	}
}

func (s *redisServer) kill(t testing.TB) {
	t.Helper()
	if s.process == nil {
		return
	}
	if err := s.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = s.process.Wait() // "signal: killed"
	s.process = nil
}

func (s *redisServer) signal(t testing.TB, sig os.Signal) {
	t.Helper()
	if err := s.process.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

func (s *redisServer) client(t testing.TB) *redis.Client {
	t.Helper()
	return redis.NewClient(&redis.Options{Addr: s.address()})
}

// eventually polls until ok or half a minute has passed.
func eventually(t testing.TB, what string, ok func(context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for !ok(ctx) {
		select {
		case <-poll.C:
		case <-ctx.Done():
			t.Fatalf("not in half a minute: %s", what)
		}
	}
}

// startCluster starts two nodes that share the slots, and gives the address of both.
func startCluster(t testing.TB) string {
	t.Helper()
	// The bus port is by default the port + 10000, which may be none.
	bus := freePort(t)
	a := startRedis(t, "--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(freePort(t)))
	b := startRedis(t, "--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(bus))
	ca, cb := a.client(t), b.client(t)
	defer func() { _ = ca.Close(); _ = cb.Close() }()
	ctx := t.Context()
	for _, err := range []error{
		ca.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", 1).Err(),
		cb.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", 2).Err(),
		ca.ClusterAddSlotsRange(ctx, 0, 8191).Err(),
		cb.ClusterAddSlotsRange(ctx, 8192, 16383).Err(),
		ca.Do(ctx, "CLUSTER", "MEET", "127.0.0.1", b.port, bus).Err(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the cluster is whole", func(ctx context.Context) bool {
		return whole(ctx, ca) && whole(ctx, cb)
	})
	return fmt.Sprintf("redis://%s,%s/0", a.address(), b.address())
}

func whole(ctx context.Context, c *redis.Client) bool {
	slots, err := c.ClusterSlots(ctx).Result()
	if err != nil || len(slots) != 2 {
		return false
	}
	return strings.HasPrefix(c.ClusterInfo(ctx).Val(), "cluster_state:ok")
}
