package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// world is an organization that requests for help come to.
type world struct {
	started int64 // makes the keys of one benchmark different from another's
	keys    []caller
	request []byte // the body of a creation
}

// caller is an API key of a partner's and the address its program calls from. The limits are the real ones: there are as many callers as the
// benchmark's calls need.
type caller struct{ key, address string }

type made struct {
	ID    string `json:"id"`
	Key   string `json:"key"`
	Token string `json:"access_token"`
}

// newWorld makes an organization in Paris with a partner, its keys, a client and a site.
func newWorld(ctx context.Context, p *program, callers int) (world, error) {
	w := world{started: time.Now().UnixNano()}
	token, err := p.bootstrapToken()
	if err != nil {
		return w, err
	}
	base := "http://" + p.address
	var admin, partner, client, site, ignored made
	post := func(path, bearer string, in any, out *made) {
		for err == nil {
			if err = call(ctx, http.MethodPost, base+path, bearer, in, out); !errors.Is(err, errSlower) {
				return
			}
			err = nil
			time.Sleep(time.Second)
		}
	}
	type object = map[string]any
	post("/v1/auth/bootstrap", "", object{ //nolint:gosec // the password of an organization that lives some minutes
		"token": token, "organization_name": "Dépannage Île-de-France", "organization_slug": "depannage-idf", "time_zone": "Europe/Paris", "locale": "fr",
		"name": "Agnès Martin", "email": "agnes@example.org", "password": "une longue phrase de passe",
	}, &admin)
	post("/v1/skills", admin.Token, object{"code": "network", "name_fr": "Réseau", "name_en": "Networking"}, &ignored)
	post("/v1/skills", admin.Token, object{"code": "printing", "name_fr": "Impression", "name_en": "Printing"}, &ignored)
	post("/v1/territories", admin.Token, object{"name": "Paris", "polygon": [][][]float64{{{2.22, 48.81}, {2.47, 48.81}, {2.47, 48.91}, {2.22, 48.91}, {2.22, 48.81}}}}, &ignored)
	post("/v1/partners", admin.Token, object{"name": "Assurances du Parc"}, &partner)
	for i := range callers {
		var key made
		post("/v1/api-keys", admin.Token, object{"partner_id": partner.ID, "name": fmt.Sprintf("agence %d", i), "scopes": []string{"requests:write", "clients:write"}}, &key)
		w.keys = append(w.keys, caller{key: key.Key, address: fmt.Sprintf("203.0.%d.%d", i/250, i%250+1)})
	}
	post("/v1/clients", w.keys[0].key, object{"kind": "company", "name": "Cabinet Dentaire Voltaire", "email": "accueil@voltaire.example"}, &client)
	post("/v1/clients/"+client.ID+"/sites", w.keys[0].key, object{
		"name": "Cabinet", "address": object{"street": "12 rue de la Bûcherie", "postal_code": "75005", "city": "Paris", "country": "FR"},
		"position": object{"lat": 48.8523, "lon": 2.3478},
	}, &site)
	if err != nil {
		return w, err
	}
	day := time.Now().AddDate(0, 0, 2).Format(time.DateOnly)
	w.request, err = json.Marshal(object{
		"client_id": client.ID, "site_id": site.ID, "category": "printer", "description": "L'imprimante n'est plus vue sur le réseau depuis ce matin.",
		"mode": "on_site", "severity": "blocking", "impact": "medium", "urgency": "high", "duration": "PT1H",
		"required_skills": []object{{"skill": "printing", "level": 2}, {"skill": "network", "level": 1}},
		"windows":         []object{{"start": day + "T08:00", "end": day + "T12:00"}, {"start": day + "T14:00", "end": day + "T18:00"}},
		"metadata":        object{"crm": "A-1042"},
	})
	return w, err
}
