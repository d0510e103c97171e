package push

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

const scope = "https://www.googleapis.com/auth/firebase.messaging"

// authenticate gives the transport that adds the bearer token, and the project: the configuration's, or else the credentials'.
func authenticate(ctx context.Context, c Config) (http.RoundTripper, string, error) {
	if err := c.check(); err != nil {
		return nil, "", err
	}
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = 50 // as many as the SDK sends side by side
	key := c.CredentialsJSON
	if c.CredentialsFile != "" {
		var err error
		if key, err = os.ReadFile(c.CredentialsFile); err != nil {
			return nil, "", fmt.Errorf("push: read the Firebase credentials: %w", err)
		}
	}
	if len(key) == 0 && c.Endpoint != "" {
		return base, c.ProjectID, nil
	}
	// oauth2 fetches tokens under this context and not the request's: it must outlive the set-up, and its client must give up by itself.
	ctx = context.WithValue(context.WithoutCancel(ctx), oauth2.HTTPClient, &http.Client{Transport: base, Timeout: c.Timeout})
	credentials, err := credentials(ctx, key)
	if err != nil {
		return nil, "", err
	}
	projectID := c.ProjectID
	if projectID == "" {
		projectID = credentials.ProjectID
	}
	return &oauth2.Transport{Source: credentials.TokenSource, Base: base}, projectID, nil
}

func credentials(ctx context.Context, key []byte) (*google.Credentials, error) {
	if len(key) == 0 {
		found, err := google.FindDefaultCredentials(ctx, scope)
		if err != nil {
			return nil, fmt.Errorf("push: no Firebase credentials: %w", err)
		}
		return found, nil
	}
	// Only a service account: the other kinds may name any address to fetch tokens from.
	read, err := google.CredentialsFromJSONWithType(ctx, key, google.ServiceAccount, scope)
	if err != nil {
		return nil, fmt.Errorf("push: the Firebase credentials are not the key of a service account: %w", err)
	}
	return read, nil
}

// check gives every fault of the configuration at once.
func (c Config) check() error {
	var faults []error
	if c.CredentialsFile != "" && len(c.CredentialsJSON) > 0 {
		faults = append(faults, errors.New("push: both a credentials file and credentials are given; keep one"))
	}
	if c.Endpoint == "" {
		return errors.Join(faults...)
	}
	u, err := url.Parse(c.Endpoint)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		faults = append(faults, fmt.Errorf("push: the endpoint %q is not an http or https address", c.Endpoint))
	case u.Scheme == "http" && !loopback(u.Hostname()):
		faults = append(faults, fmt.Errorf("push: the endpoint %q is neither https nor on this machine: tokens would cross the network in the clear", c.Endpoint))
	}
	return errors.Join(faults...)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
