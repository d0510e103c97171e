package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// logOf is the program's log of a creation: request and visit ids, and key as given.
func logOf(request, visit, key string) string {
	var log strings.Builder
	for _, line := range []string{
		"LOG:  statement: BEGIN; SET LOCAL app.organization_id = '01a20032-d9a1-79f0-a1fb-adf2c0057baa'",
		"LOG:  execute stmtcache_1: SELECT pg_try_advisory_xact_lock($1)",
		"DETAIL:  parameters: $1 = '-" + strings.Trim(key, "k") + "'",
		"LOG:  execute stmtcache_2: INSERT INTO requests (id, description, external_id, note, at)",
		"\tVALUES ($1, $2, $3, $4, nullif($5, '0001-01-01 00:00:00'))",
		"DETAIL:  parameters: $1 = '" + request + "', $2 = 'L''imprimante', $3 = NULL, $4 = '', $5 = '2026-11-21 22:00:0" + key[1:] + "'",
		"LOG:  execute stmtcache_3: INSERT INTO visits (id, request_id) VALUES ($1, $2) -- doesn't return",
		"DETAIL:  parameters: $1 = '" + visit + "', $2 = '" + request + "'",
		"LOG:  execute stmtcache_4: INSERT INTO idempotency_keys (key, body, seq) VALUES ($1, $2, nextval('\"jobs\".seq'::regclass))",
		"DETAIL:  parameters: $1 = '" + key + "', $2 = '\\x7b" + key[1:] + "'",
		"LOG:  execute stmtcache_5: COMMIT",
	} {
		text, _ := json.Marshal(map[string]string{"level": "DEBUG", "msg": "PostgreSQL: " + line})
		log.Write(append(text, '\n'))
	}
	log.WriteString(`{"level":"INFO","msg":"request","status":201}` + "\n")
	return log.String()
}

func creation(t *testing.T, log, key string) []statement {
	t.Helper()
	all, err := readStatements(strings.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	return transactionWith(all, key)
}

const (
	oneRequest, oneVisit     = "01a20032-d9a1-79f0-a1fb-000000000001", "01a20032-d9a1-79f0-a1fb-000000000002"
	otherRequest, otherVisit = "01a20032-d9a1-79f0-a1fb-000000000003", "01a20032-d9a1-79f0-a1fb-000000000004"
)

func TestTheScriptIsTheCreationWithNewIdsEachTime(t *testing.T) {
	t.Parallel()
	log := logOf(oneRequest, oneVisit, "k1") + logOf(otherRequest, otherVisit, "k2")
	s, err := newScript(creation(t, log, "k1"), creation(t, log, "k2"))
	if err != nil {
		t.Fatal(err)
	}
	want := `\set i :i + 1
\set n :base + (:client_id * 1000000 + :i) * 100
\set n1 :n + 1
\set n2 :n + 2
\set n3 :n + 3
\set n4 :n + 4
BEGIN; SET LOCAL app.organization_id = '01a20032-d9a1-79f0-a1fb-adf2c0057baa';
SELECT pg_try_advisory_xact_lock(:n1);
INSERT INTO requests (id, description, external_id, note, at)
VALUES (lpad(:n2::text, 32, '0')::uuid, :v2, NULL, '', nullif(:v3, :v1));
INSERT INTO visits (id, request_id) VALUES (lpad(:n3::text, 32, '0')::uuid, lpad(:n2::text, 32, '0')::uuid) ;
INSERT INTO idempotency_keys (key, body, seq) VALUES (:n4, :v4, nextval('"jobs".seq'::regclass));
COMMIT;
`
	if diff := cmp.Diff(want, s.text); diff != "" {
		t.Error(diff)
	}
	variables := []string{"v1=0001-01-01 00:00:00", "v2=L'imprimante", "v3=2026-11-21 22:00:01", `v4=\x7b1`}
	if diff := cmp.Diff(variables, s.variables); diff != "" {
		t.Error(diff)
	}
}

func TestCreationsThatRanDifferentlyMakeNoScript(t *testing.T) {
	t.Parallel()
	one := creation(t, logOf(oneRequest, oneVisit, "k1"), "k1")
	for name, other := range map[string][]statement{
		"a statement more": append(slices.Clip(one), statement{sql: "SELECT pg_notify('jobs', '')"}),
		"another one":      append([]statement{one[0], {sql: "SELECT $1", params: one[1].params}}, one[2:]...),
	} {
		if _, err := newScript(one, other); err == nil {
			t.Errorf("%s: a script was made", name)
		}
	}
	rows := []statement{{sql: "copy jobs from stdin binary"}}
	if _, err := newScript(rows, rows); err == nil || !strings.Contains(err.Error(), "COPY") {
		t.Errorf("a COPY: got %v", err)
	}
}

func TestACreationThatIsNotInTheLogIsNotFound(t *testing.T) {
	t.Parallel()
	whole := logOf(oneRequest, oneVisit, "k1")
	if found := creation(t, whole, "k2"); found != nil {
		t.Errorf("found %v for another key", found)
	}
	cut, _, _ := strings.Cut(whole, "COMMIT")
	if found := creation(t, cut, "k1"); found != nil {
		t.Errorf("found %v without its COMMIT", found)
	}
}

func TestPgbenchsRateIsTheOneWithoutConnecting(t *testing.T) {
	t.Parallel()
	got, err := tps("latency average = 4.5 ms\ninitial connection time = 3.1 ms\ntps = 221.5 (without initial connection time)\n")
	if err != nil || got != 221.5 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := tps("number of transactions: 3\n"); err == nil {
		t.Error("a report without a rate was read")
	}
}
