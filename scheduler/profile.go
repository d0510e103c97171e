package scheduler

import "strings"

// profiles are weights to start from, in cents, at what a French employer pays:
// an hour on the road about 40 euros (a loaded hour of a technician and the
// van's share), a kilometre 40 cents of fuel, tyres and upkeep (the tax scale of
// 2023 has 0.64 euro for all that a car of 5 CV costs), a waiting hour less than
// an hour's pay, since a call or a report fits in. Fairness is left to the profile of that
// name: it ties each technician's days together, which a search pays for.
var profiles = []struct {
	name    string
	weights Weights
}{
	// balanced: no wish of clients or staff is free, none rules.
	{"balanced", Weights{
		TravelHour: 4000, Kilometre: 40, WaitingHour: 1500, Overqualification: 300, Scarcity: 100,
		NotPreferred: 1000, SpareTerritory: 1500, PreferHour: 1500, OtherTechnician: 2000, ToldHour: 4000,
		Unpleasant: 100,
	}},
	// punctual: what clients prefer and were told comes before the road.
	{"punctual", Weights{
		TravelHour: 4000, Kilometre: 40, WaitingHour: 500, Overqualification: 100, Scarcity: 100,
		NotPreferred: 1000, SpareTerritory: 500, PreferHour: 8000, OtherTechnician: 2000, ToldHour: 20000,
		Unpleasant: 100,
	}},
	// economical: as few hours and kilometres as can be.
	{"economical", Weights{
		TravelHour: 4000, Kilometre: 40, WaitingHour: 2500, Overqualification: 100, Scarcity: 50,
		NotPreferred: 200, SpareTerritory: 300, PreferHour: 200, OtherTechnician: 500, ToldHour: 1500,
	}},
	// stable: clients keep the technician and the time they were told.
	{"stable", Weights{
		TravelHour: 4000, Kilometre: 40, WaitingHour: 1000, Overqualification: 200, Scarcity: 100,
		NotPreferred: 4000, SpareTerritory: 1500, PreferHour: 1500, OtherTechnician: 10000, ToldHour: 20000,
		Unpleasant: 100,
	}},
	// fair: hours and evenings are shared out. Taking over an hour from somebody
	// who works 20 hours more saves 7.60 euros; an evening visit from somebody
	// with four more, 24 euros.
	{"fair", Weights{
		TravelHour: 4000, Kilometre: 40, WaitingHour: 1500, Overqualification: 300, Scarcity: 100,
		NotPreferred: 1000, SpareTerritory: 1500, PreferHour: 1500, OtherTechnician: 2000, ToldHour: 4000,
		Fairness: 20, Unpleasant: 400,
	}},
}

// Profile is a set of weights by name, and whether there is one of that name;
// see Profiles. Amounts are in cents.
func Profile(name string) (Weights, bool) {
	for i := range profiles {
		if profiles[i].name == name {
			return profiles[i].weights, true
		}
	}
	return Weights{}, false
}

// Profiles lists the names of the weights that Profile knows.
func Profiles() []string {
	names := make([]string, len(profiles))
	for i := range profiles {
		names[i] = profiles[i].name
	}
	return names
}

// profile is the weights that a problem's text starts from.
func (d *decoder) profile(name string) Weights {
	w, ok := Profile(name)
	if !ok && name != "" {
		d.f.addf("/profile", "unknown", "there is no profile %q, only %s", name, strings.Join(Profiles(), ", "))
	}
	return w
}
