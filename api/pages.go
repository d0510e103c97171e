package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// pagePaths are the paths outside the contract.
var pagePaths = []string{"/metrics", "/docs", "/openapi.yaml", "/openapi.json"}

func (s *Server) isPage(route string) bool {
	method, path, _ := strings.Cut(route, " ")
	return method == http.MethodGet && slices.Contains(pagePaths, path)
}

// pages registers what is served beside the contract's operations.
func (s *Server) pages() error {
	asJSON, err := json.Marshal(s.contract.doc)
	if err != nil {
		return fmt.Errorf("api: the contract as JSON: %w", err)
	}
	// Rendered when first asked for: the program starts sooner, and most nodes are never asked.
	docs := sync.OnceValues(func() (reference, error) { return documentation(s.contract) })
	s.echo.GET("/metrics", echo.WrapHandler(promhttp.HandlerFor(s.config.Registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelError),
	})))
	s.echo.GET("/openapi.yaml", static("application/yaml", s.config.Spec))
	s.echo.GET("/openapi.json", static("application/json", asJSON))
	s.echo.GET("/docs", func(e echo.Context) error {
		page, err := docs()
		if err != nil {
			return err
		}
		e.Response().Header().Set("Content-Security-Policy", page.policy)
		return static("text/html; charset=utf-8", page.html)(e)
	})
	return nil
}

// static serves bytes that do not change while the program runs; a reader who has them gets 304.
func static(mediaType string, body []byte) echo.HandlerFunc {
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	return func(e echo.Context) error {
		header := e.Response().Header()
		header.Set("Cache-Control", "no-cache")
		header.Set("ETag", tag)
		if notModified(e.Request().Header.Get("If-None-Match"), tag) {
			return e.NoContent(http.StatusNotModified)
		}
		return e.Blob(http.StatusOK, mediaType, body)
	}
}
