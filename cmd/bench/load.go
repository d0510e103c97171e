package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// sample is one measurement of one side.
type sample struct {
	rate      float64 // transactions per second
	latencies []time.Duration
}

// load makes requests for help over HTTP.
type load struct {
	address string
	world   world
	made    atomic.Int64 // requests made so far: numbers the keys
}

// run makes so many clients create so many requests each, one after the other, each client on a connection of its own that is kept.
func (l *load) run(ctx context.Context, clients, each int) (sample, error) {
	s := sample{latencies: make([]time.Duration, 0, clients*each)}
	faults := make([]error, clients)
	latencies := make([][]time.Duration, clients)
	var all sync.WaitGroup
	began := time.Now()
	for i := range clients {
		all.Go(func() { latencies[i], faults[i] = l.client(ctx, each) })
	}
	all.Wait()
	took := time.Since(began)
	for i := range clients {
		if faults[i] != nil {
			return s, faults[i]
		}
		s.latencies = append(s.latencies, latencies[i]...)
	}
	s.rate = float64(clients*each) / took.Seconds()
	return s, nil
}

// client is written on a bare connection: on the same processors as the program, what the client costs is taken from the program.
func (l *load) client(ctx context.Context, each int) ([]time.Duration, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	answers := bufio.NewReader(conn)
	latencies := make([]time.Duration, 0, each)
	for range each {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		began := time.Now()
		if _, err := l.create(conn, answers); err != nil {
			return nil, err
		}
		latencies = append(latencies, time.Since(began))
	}
	return latencies, nil
}

// create makes one request for help with a key of its own, and gives the key.
func (l *load) create(conn net.Conn, answers *bufio.Reader) (key string, err error) {
	n := l.made.Add(1)
	key = fmt.Sprintf("bench-%d-%d", l.world.started, n)
	caller := l.world.keys[int(n)%len(l.world.keys)]
	_, err = fmt.Fprintf(conn, "POST /v1/requests HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nX-Forwarded-For: %s\r\nContent-Type: application/json\r\n"+
		"Idempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s", l.address, caller.key, caller.address, key, len(l.world.request), l.world.request)
	if err != nil {
		return key, err
	}
	answer, err := http.ReadResponse(answers, nil)
	if err != nil {
		return key, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return key, err
	}
	if answer.StatusCode != http.StatusCreated {
		return key, fmt.Errorf("POST /v1/requests: %s %s", answer.Status, body)
	}
	return key, nil
}

// errSlower says that a limit was met.
var errSlower = errors.New("the program asks for fewer calls")

// call makes one ordinary call and reads its answer into out.
func call(ctx context.Context, method, url, bearer string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode == http.StatusTooManyRequests {
		return errSlower
	}
	if answer.StatusCode != http.StatusCreated && answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s %s", method, url, answer.Status, text)
	}
	return json.Unmarshal(text, out)
}
