package limit

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"tournee/api/limit/redistest"
)

// startCluster starts two nodes that share the slots, and gives the address of both.
func startCluster(t testing.TB) string {
	t.Helper()
	redistest.Start(t) // where there is no Redis it skips the test, or fails it on CI
	bus := freePort(t)
	portA, a := startNode(t, freePort(t))
	portB, b := startNode(t, bus)
	ctx := t.Context()
	for _, err := range []error{
		a.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", 1).Err(),
		b.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", 2).Err(),
		a.ClusterAddSlotsRange(ctx, 0, 8191).Err(),
		b.ClusterAddSlotsRange(ctx, 8192, 16383).Err(),
		a.Do(ctx, "CLUSTER", "MEET", "127.0.0.1", portB, bus).Err(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the cluster is whole", func(ctx context.Context) bool { return whole(ctx, a) && whole(ctx, b) })
	return fmt.Sprintf("redis://127.0.0.1:%d,127.0.0.1:%d/0", portA, portB)
}

// startNode starts a Redis in cluster mode. The port of its bus is given: by default it is the port + 10000, which may be none.
func startNode(t testing.TB, bus int) (int, *redis.Client) {
	t.Helper()
	port := freePort(t)
	node := exec.Command("redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
		"--dir", t.TempDir(), "--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(bus))
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + strconv.Itoa(port)})
	t.Cleanup(func() {
		_ = c.Close()
		_ = node.Process.Kill()
		_ = node.Wait() // "signal: killed"
	})
	eventually(t, "redis-server answers", func(ctx context.Context) bool { return c.Ping(ctx).Err() == nil })
	if ours := fmt.Sprintf("process_id:%d\r\n", node.Process.Pid); !strings.Contains(c.Info(t.Context(), "server").Val(), ours) {
		t.Fatalf("port %d was taken by another server", port)
	}
	return port, c
}

func whole(ctx context.Context, c *redis.Client) bool {
	shards, err := c.ClusterShards(ctx).Result()
	return err == nil && len(shards) == 2 && strings.HasPrefix(c.ClusterInfo(ctx).Val(), "cluster_state:ok")
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
