package api

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

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
	docs, err := documentation(s.contract)
	if err != nil {
		return err
	}
	s.echo.GET("/metrics", echo.WrapHandler(promhttp.HandlerFor(s.config.Registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelError),
	})))
	s.echo.GET("/openapi.yaml", static("application/yaml", s.config.Spec))
	s.echo.GET("/openapi.json", static("application/json", asJSON))
	s.echo.GET("/docs", func(e echo.Context) error {
		e.Response().Header().Set("Content-Security-Policy", docs.policy)
		return static("text/html; charset=utf-8", docs.html)(e)
	})
	return nil
}

func static(mediaType string, body []byte) echo.HandlerFunc {
	return func(e echo.Context) error {
		e.Response().Header().Set("Cache-Control", "no-cache")
		return e.Blob(http.StatusOK, mediaType, body)
	}
}
