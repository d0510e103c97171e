package embedded

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// provision creates the roles, the database and its extension where they lack.
// A start that was interrupted is completed by the next.
func (s *Server) provision(ctx context.Context) error {
	if err := s.as(ctx, "postgres", s.createRolesAndDatabase); err != nil {
		return fmt.Errorf("create the roles and the database: %w", err)
	}
	if err := s.as(ctx, Database, createExtension); err != nil {
		return fmt.Errorf("create the extension btree_gist (part of PostgreSQL's contrib modules): %w", err)
	}
	return nil
}

// as runs work in a database as the superuser.
func (s *Server) as(ctx context.Context, database string, work func(context.Context, *pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, s.URL(Superuser, database))
	if err != nil {
		return err
	}
	return errors.Join(work(ctx, conn), conn.Close(ctx))
}

func (s *Server) createRolesAndDatabase(ctx context.Context, conn *pgx.Conn) error {
	for _, role := range []string{Migrator, Serving} {
		exists, err := found(ctx, conn, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role)
		if err != nil {
			return err
		}
		if exists {
			continue
		}
		// A password is letters and digits; utility statements take no parameters.
		_, err = conn.Exec(ctx, "CREATE ROLE "+role+" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD '"+s.passwords[role]+"'")
		if err != nil {
			return err
		}
	}
	exists, err := found(ctx, conn, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", Database)
	if err != nil || exists {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+Database+" OWNER "+Migrator+" TEMPLATE template0")
	return err
}

func createExtension(ctx context.Context, conn *pgx.Conn) error {
	// Every account has rights in a new database; only the two roles need any.
	for _, statement := range []string{
		"REVOKE ALL ON DATABASE " + Database + " FROM PUBLIC",
		"GRANT CONNECT ON DATABASE " + Database + " TO " + Serving,
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	exists, err := found(ctx, conn, "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = $1)", "btree_gist")
	if err != nil || exists {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE EXTENSION btree_gist")
	return err
}

func found(ctx context.Context, conn *pgx.Conn, query, name string) (exists bool, err error) {
	err = conn.QueryRow(ctx, query, name).Scan(&exists)
	return exists, err
}
