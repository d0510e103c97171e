package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/dispatch/message"
)

// ImportCsv takes a CSV file over, or says what it would do.
func (h *handlers) ImportCsv(ctx context.Context, in oapi.ImportCsvRequestObject) (oapi.ImportCsvResponseObject, error) {
	r, err := h.dispatch.Import(ctx, principal(ctx), dispatch.ImportKind(in.Kind), in.Body, in.Params.DryRun)
	if err != nil {
		return nil, err
	}
	locale := callOf(ctx).locale
	return oapi.ImportCsv200JSONResponse{
		Kind: oapi.ImportKind(r.Kind), DryRun: r.DryRun, Applied: r.Applied, Lines: r.Lines, Created: r.Created, Updated: r.Updated, Unchanged: r.Unchanged,
		Rejected: r.Rejected, Problems: each(r.Problems, func(p dispatch.ImportProblem) oapi.ImportProblem {
			return oapi.ImportProblem{Line: p.Line, Column: p.Column, Code: p.Code, Detail: message.Text(locale, p.Code, p.Params)}
		}),
	}, nil
}
