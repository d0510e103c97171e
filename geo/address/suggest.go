package address

import (
	"context"
	"fmt"
)

// Suggest is what a query may mean, the service's best answer first, whatever it scores; without a service, when it fails, or when it knows
// nothing, the commune that the query names. Nothing found is no error; an error is the context's, when the caller gave up.
func (g *Geocoder) Suggest(ctx context.Context, q Query) ([]Result, error) {
	var cause error
	if g.base != nil {
		results, err := g.suggest(ctx, q)
		if len(results) > 0 {
			return results, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("look up an address: %w", ctx.Err())
		}
		cause = err
	}
	city := q.City
	if city == "" {
		city = q.Text
	}
	found, err := g.communes.Find(q.Postcode, city)
	if err != nil {
		return nil, nil //nolint:nilerr // no such commune, or several: nothing to suggest
	}
	return []Result{centre(found, q.Postcode, cause)}, nil
}

func (g *Geocoder) suggest(ctx context.Context, q Query) (results []Result, err error) {
	found, err := g.ask(ctx, "search/", q.parameters())
	for _, f := range found.Features {
		if result, ok := f.result(); ok {
			results = append(results, result)
		}
	}
	return results, err
}
