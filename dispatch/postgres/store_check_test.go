package postgres

import "tournee/dispatch"

var _ dispatch.Store = (*DB)(nil)
