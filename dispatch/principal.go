package dispatch

import (
	"github.com/google/uuid"
)

// Role is what a principal is to an organization; it decides which operations are open.
type Role string

// The roles.
const (
	RoleClient        Role = "client"
	RoleTechnician    Role = "technician"
	RoleDispatcher    Role = "dispatcher"
	RolePartner       Role = "partner"
	RoleAdministrator Role = "administrator"
)

// Roles lists every role.
func Roles() []Role {
	return []Role{RoleClient, RoleTechnician, RoleDispatcher, RolePartner, RoleAdministrator}
}

// Principal is who is calling, as the authentication found it. It belongs to exactly one organization.
type Principal struct {
	OrganizationID uuid.UUID
	Role           Role
	ID             uuid.UUID // the account, or the API key of a partner
	ClientID       uuid.UUID // set for RoleClient: the household or company the account acts for
	TechnicianID   uuid.UUID // set for RoleTechnician
	PartnerID      uuid.UUID // set for RolePartner: what the partner created carries it
	Scopes         []string  // set for RolePartner; empty means none
	Locale         string    // "fr" or "en"
	as             Actor     // who is recorded instead, when the engine acts for somebody who is not calling
}

// Scopes lists what a partner's key may be allowed; the contract says which operation needs which.
func Scopes() []string {
	return []string{"clients:read", "clients:write", "requests:read", "requests:write", "visits:read", "technicians:read", "events:read"}
}

// Staff reports whether the principal runs the organization: a dispatcher or an administrator.
func (p Principal) Staff() bool {
	return p.Role == RoleDispatcher || p.Role == RoleAdministrator
}
