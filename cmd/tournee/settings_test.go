package main_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tournee/dispatch/postgres/pgtest"
)

// refused runs the program with settings that it must refuse, and gives what it says.
func refused(t *testing.T, cmd *exec.Cmd, settings ...string) string {
	t.Helper()
	cmd.Env = append(cmd.Env, settings...)
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("%v with %v went well: %s", cmd.Args[1:], settings, out)
	}
	return string(out)
}

// The settings are those of deploy/compose.yaml: the tool that migrates knows no secret, the program that serves not the owner's password.
func TestOneProgramMigratesAndAnotherServes(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	dir := filepath.Join(newDir(t), "data")
	const nowhere = "http://127.0.0.1:1/v1"
	serving := []string{"DATABASE_URL=" + db.Serving, "MIGRATE_DATABASE_URL="}
	if said := refused(t, command(t, dir, nowhere, "serve"), serving...); !strings.Contains(said, "older than this program") {
		t.Errorf("serving a database that is not migrated: %s", said)
	}
	migrate := command(t, dir, nowhere, "migrate")
	migrate.Env = append(migrate.Env, "DATABASE_URL="+db.Serving, "MIGRATE_DATABASE_URL="+db.Migrator, "SECRET_KEY=", "PUBLIC_URL=", "ADDR=0.0.0.0:8080", "MODE=production")
	if out, err := migrate.CombinedOutput(); err != nil {
		t.Fatalf("tournee migrate: %v: %s", err, out)
	}
	p := &program{t: t, dataDir: dir, fcm: nowhere, settings: serving}
	p.run() // until it is ready
	t.Cleanup(p.stop)
}

func TestServingNeedsASecretAndToKnowWherePeopleReachIt(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(newDir(t), "data")
	serve := func() *exec.Cmd { return command(t, dir, "http://127.0.0.1:1/v1", "serve") }
	said := refused(t, serve(), "DATABASE_URL=postgres://tournee@127.0.0.1:1/tournee", "SECRET_KEY=", "PUBLIC_URL=", "WORKERS=many")
	for _, name := range []string{"SECRET_KEY: needed", "PUBLIC_URL: needed", "WORKERS: "} {
		if !strings.Contains(said, name) {
			t.Errorf("%q is not in: %s", name, said)
		}
	}
	for _, address := range []string{":8080", "0.0.0.0:8080", "[::]:8080", "192.0.2.1:8080", "tournee.example:8080"} {
		if said := refused(t, serve(), "ADDR="+address, "PUBLIC_URL="); !strings.Contains(said, "PUBLIC_URL: needed") {
			t.Errorf("serving on %s: %s", address, said)
		}
	}
	// WORKERS is wrong only to keep the program from starting.
	for _, settings := range [][]string{{"ADDR=127.0.0.1:8080"}, {"ADDR=[::1]:8080"}, {"ADDR=localhost:8080"}, {"ADDR=:8080", "MODE=development"}} {
		if said := refused(t, serve(), append(settings, "PUBLIC_URL=", "WORKERS=many")...); strings.Contains(said, "PUBLIC_URL") {
			t.Errorf("serving with %v: %s", settings, said)
		}
	}
}

func TestAFaultyRoadEngineIsRefusedWithoutTellingItsPassword(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	dir := filepath.Join(newDir(t), "data")
	said := refused(t, command(t, dir, "http://127.0.0.1:1/v1", "serve"), "DATABASE_URL="+db.Serving, "MIGRATE_DATABASE_URL="+db.Migrator, "TRAVEL_URL=maps+http://user:hidden@127.0.0.1:1")
	if !strings.Contains(said, "TRAVEL_URL") || strings.Contains(said, "hidden") {
		t.Errorf("it says %s", said)
	}
}
