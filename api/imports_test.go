package api_test

import (
	"net/http"
	"strings"
	"testing"

	"tournee/dispatch"
)

type importReport struct {
	Applied  bool `json:"applied"`
	Lines    int  `json:"lines"`
	Created  int  `json:"created"`
	Rejected int  `json:"rejected"`
	Problems []struct {
		Line   int    `json:"line"`
		Column string `json:"column"`
		Code   string `json:"code"`
		Detail string `json:"detail"`
	} `json:"problems"`
}

func TestAnAdministratorImportsAFileAndIsToldWhatIsWrongInIt(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss, desk := p.enter(dispatch.RoleAdministrator, "boss@example.fr").AccessToken, p.enter(dispatch.RoleDispatcher, "nadia@example.fr").AccessToken
	const good = "external_id;name;employment;transport;lat;lon;skills\nT-17;Sofia Reyes;employee;bike;48,857;2,379;\"network:3;printing:2\"\n"
	p.post("/v1/imports/technicians", desk, csvFile(good)).refused(403, "forbidden")
	var r importReport
	p.post("/v1/imports/technicians?dry_run=true", boss, csvFile(good)).into(200, &r)
	if r.Applied || r.Created != 1 || len(r.Problems) != 0 {
		t.Errorf("a dry run: %+v", r)
	}
	bad := strings.Replace(good, "network:3", "plomberie:3", 1)
	a := p.post("/v1/imports/technicians", boss, csvFile(bad), "Accept-Language", "fr")
	a.into(200, &r)
	if r.Applied || r.Rejected != 1 || len(r.Problems) != 1 || r.Problems[0].Line != 2 || r.Problems[0].Column != "skills" || r.Problems[0].Code != "skill.unknown" ||
		!strings.Contains(r.Problems[0].Detail, "plomberie") {
		t.Errorf("a wrong file: %s", a.body)
	}
	var raw any
	a.into(200, &raw)
	p.keepsContract("POST", "/v1/imports/{kind}", http.StatusOK, raw)
	p.post("/v1/imports/technicians", boss, csvFile(good), "Idempotency-Key", "import-1").into(200, &r)
	if !r.Applied || r.Created != 1 {
		t.Errorf("the file: %+v", r)
	}
	p.post("/v1/imports/technicians", boss, csvFile(good), "Idempotency-Key", "import-1").into(200, &r)
	if r.Created != 1 {
		t.Errorf("a repeat gets another answer: %+v", r)
	}
	p.post("/v1/imports/technicians", boss, csvFile("nom\nSofia\n")).into(200, &r)
	if r.Applied || len(r.Problems) == 0 || r.Problems[0].Line != 1 {
		t.Errorf("a wrong header: %+v", r)
	}
}
