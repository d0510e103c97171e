// Package fcmtest is a Firebase Cloud Messaging HTTP v1 service for tests. It listens on loopback, so that a program under test in a
// process of its own can be pointed at it; it records every message and answers as told.
package fcmtest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
)

// Message is one request to send, as received.
type Message struct {
	Project  string
	Token    string
	NoticeID string          // data.notice_id
	JSON     json.RawMessage // the whole body
	Header   http.Header
	Accepted bool // answered with success
}

// Server is the fake service. Its zero value is not usable: see Start.
type Server struct {
	http    *httptest.Server
	closing chan struct{}

	mu       sync.Mutex
	scripts  map[string][]Answer
	messages []Message
	arrived  chan struct{} // closed and replaced at each message
	account  string        // bearer token required, once ServiceAccount was called
}

// Start starts the service on a free loopback port. The caller closes it.
func Start() *Server {
	s := &Server{closing: make(chan struct{}), scripts: map[string][]Answer{}, arrived: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/projects/{project}/{method}", s.send)
	mux.HandleFunc("POST /token", s.token)
	s.http = httptest.NewServer(mux)
	return s
}

// Close ends the service, hanging requests included.
func (s *Server) Close() {
	close(s.closing)
	s.http.CloseClientConnections()
	s.http.Close()
}

// Endpoint is the address to configure instead of Google's, such as "http://127.0.0.1:40123/v1".
func (s *Server) Endpoint() string { return s.http.URL + "/v1" }

// Script sets the answers to the next requests for a token, in order; once they are used up, every request succeeds.
func (s *Server) Script(token string, answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts[token] = slices.Clone(answers)
}

// Messages gives what was received until now, in order of arrival, refused ones included.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// To gives the messages received for one token.
func (s *Server) To(token string) []Message {
	return slices.DeleteFunc(s.Messages(), func(m Message) bool { return m.Token != token })
}

// Wait waits until at least n messages were accepted, and gives those accepted; or the error of ctx and what there is.
func (s *Server) Wait(ctx context.Context, n int) ([]Message, error) {
	for {
		s.mu.Lock()
		arrived := s.arrived
		accepted := slices.DeleteFunc(slices.Clone(s.messages), func(m Message) bool { return !m.Accepted })
		s.mu.Unlock()
		if len(accepted) >= n {
			return accepted, nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return accepted, ctx.Err()
		}
	}
}

func (s *Server) send(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil || r.PathValue("method") != "messages:send" {
		http.NotFound(w, r)
		return
	}
	var request struct {
		Message struct {
			Token string            `json:"token"`
			Data  map[string]string `json:"data"`
		} `json:"message"`
	}
	answer := InvalidArgument
	if !s.signedIn(r) {
		answer = Unauthenticated
	} else if json.Unmarshal(body, &request) == nil && request.Message.Token != "" {
		answer = s.next(request.Message.Token)
	}
	s.record(Message{
		Project:  r.PathValue("project"),
		Token:    request.Message.Token,
		NoticeID: request.Message.Data["notice_id"],
		JSON:     body,
		Header:   r.Header.Clone(),
		Accepted: answer.success(),
	})
	answer.write(w, r, s.closing)
}

// next takes the next answer of the token's script.
func (s *Server) next(token string) Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	script := s.scripts[token]
	if len(script) == 0 {
		return OK
	}
	s.scripts[token] = script[1:]
	return script[0]
}

func (s *Server) record(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, m)
	close(s.arrived)
	s.arrived = make(chan struct{})
}

func (s *Server) signedIn(r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.account == "" || strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") == s.account
}
