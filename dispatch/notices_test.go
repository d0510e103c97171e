package dispatch_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

// phones registers Karim's devices, each named by its token.
func phones(t *testing.T, w *dispatchtest.World, tokens ...string) {
	t.Helper()
	for _, token := range tokens {
		if _, err := w.Service.RegisterDevice(t.Context(), w.AsKarim, dispatch.PlatformAndroid, token); err != nil {
			t.Fatal(err)
		}
	}
}

// registered lists the tokens of the principal's devices.
func registered(t *testing.T, w *dispatchtest.World, p dispatch.Principal) (tokens []string) {
	t.Helper()
	devices, err := w.Service.Devices(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range devices {
		tokens = append(tokens, d.Token)
	}
	slices.Sort(tokens)
	return tokens
}

// answering makes the push service answer with a state by token, Delivered where none is given.
func answering(w *dispatchtest.World, after time.Duration, states map[string]dispatch.DeliveryState) {
	w.Sender.Answer(func(_ dispatch.Notice, tokens []string) ([]dispatch.Delivery, time.Duration, error) {
		out := make([]dispatch.Delivery, len(tokens))
		for i, token := range tokens {
			out[i] = dispatch.Delivery{Token: token, State: states[token]}
			if out[i].State != dispatch.Delivered {
				out[i].Err = fmt.Errorf("%s: no", token)
			}
		}
		return out, after, nil
	})
}

// sentTo lists the tokens of each attempt, sorted.
func sentTo(w *dispatchtest.World) (attempts [][]string) {
	for _, s := range w.Sender.Sent() {
		tokens := slices.Clone(s.Tokens)
		slices.Sort(tokens)
		attempts = append(attempts, tokens)
	}
	return attempts
}

func wantAttempts(t *testing.T, w *dispatchtest.World, want ...[]string) {
	t.Helper()
	if have := sentTo(w); !slices.EqualFunc(have, want, slices.Equal) {
		t.Errorf("it was sent to %v, want %v", have, want)
	}
}

func TestADeviceThatIsGoneIsForgottenAndTheOthersAreTold(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	phones(t, w, "old-phone", "phone", "tablet")
	answering(w, 0, map[string]dispatch.DeliveryState{"old-phone": dispatch.TokenGone})
	published(t, w)
	if later := w.WorkJobs(t); len(later) != 0 {
		t.Errorf("a device that is gone is tried again: %v", later)
	}
	wantAttempts(t, w, []string{"old-phone", "phone", "tablet"})
	if left := registered(t, w, w.AsKarim); !slices.Equal(left, []string{"phone", "tablet"}) {
		t.Errorf("the devices left are %v", left)
	}
}

func TestAMessageThatIsCalledWrongIsNotTriedAgainAndKeepsTheDevice(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	phones(t, w, "phone", "tablet")
	answering(w, 0, map[string]dispatch.DeliveryState{"phone": dispatch.MessageRefused})
	published(t, w)
	if later := w.WorkJobs(t); len(later) != 0 {
		t.Errorf("a refused message is tried again: %v", later)
	}
	wantAttempts(t, w, []string{"phone", "tablet"})
	if left := registered(t, w, w.AsKarim); !slices.Equal(left, []string{"phone", "tablet"}) {
		t.Errorf("the devices left are %v", left)
	}
}

func TestAPassingFaultIsTriedAgainWhenThePushServiceAsksAndOnlyWhereItFailed(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	phones(t, w, "gone", "phone", "tablet")
	answering(w, 42*time.Second, map[string]dispatch.DeliveryState{"tablet": dispatch.Undelivered, "gone": dispatch.TokenGone})
	published(t, w)
	later := w.WorkJobs(t)
	if len(later) != 1 || later[0].After != 42*time.Second || later[0].Err == nil {
		t.Fatalf("the queue is asked %+v, want one more attempt in 42 seconds", later)
	}
	answering(w, 0, nil)
	if later = w.WorkJobs(t); len(later) != 0 {
		t.Errorf("after the second attempt the queue is asked %v", later)
	}
	wantAttempts(t, w, []string{"gone", "phone", "tablet"}, []string{"tablet"})
	sent := w.Sender.Sent()
	if a, b := sent[0].Notice, sent[1].Notice; a.ID != b.ID || a.Title != b.Title || a.Body != b.Body || a.Collapse != b.Collapse {
		t.Errorf("the second attempt says something else: %+v, then %+v", a, b)
	}
}

func TestAPushServiceThatIsAwayLosesNothing(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	phones(t, w, "phone")
	away := errors.New("connection refused")
	w.Sender.Answer(func(dispatch.Notice, []string) ([]dispatch.Delivery, time.Duration, error) {
		return nil, time.Minute, away
	})
	published(t, w)
	if later := w.WorkJobs(t); len(later) != 1 || !errors.Is(later[0], away) || later[0].After != time.Minute {
		t.Fatalf("the queue is asked %v", later)
	}
	w.Sender.Answer(nil)
	w.WorkJobs(t)
	wantAttempts(t, w, []string{"phone"}, []string{"phone"})
}

func TestANoticeSentAgainReachesNoDeviceThatTookIt(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	phones(t, w, "phone")
	published(t, w)
	w.WorkJobs(t)
	sent := w.Sender.Sent()
	if len(sent) != 1 {
		t.Fatalf("sent %d times", len(sent))
	}
	for range 2 { // a job may run again after a crash
		if err := w.Service.SendNotice(t.Context(), w.Organization.ID, sent[0].Notice.ID); err != nil {
			t.Fatal(err)
		}
	}
	wantAttempts(t, w, []string{"phone"})
}

func TestANoticeThatIsForgottenIsNotFound(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	if err := w.Service.SendNotice(t.Context(), w.Organization.ID, dispatchtest.NewID()); dispatch.KindOf(err) != dispatch.KindNotFound {
		t.Errorf("sending a notice that there is not gave %v, want not found: the queue drops the job", err)
	}
}

func TestAPhoneBelongsToWhoSignedInLast(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	phones(t, w, "shared-phone")
	if _, err := w.Service.RegisterDevice(t.Context(), w.AsLea, dispatch.PlatformAndroid, "shared-phone"); err != nil {
		t.Fatal(err)
	}
	if left := registered(t, w, w.AsKarim); len(left) != 0 {
		t.Errorf("Karim still has %v", left)
	}
	published(t, w)
	w.WorkJobs(t)
	wantAttempts(t, w)
}

func TestSomebodyElsesDeviceIsNotForgotten(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	d, err := w.Service.RegisterDevice(t.Context(), w.AsKarim, dispatch.PlatformWeb, "phone")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Service.ForgetDevice(t.Context(), w.AsLea, d.ID); dispatch.KindOf(err) != dispatch.KindNotFound {
		t.Errorf("Léa forgets Karim's device: %v", err)
	}
	if left := registered(t, w, w.AsKarim); !slices.Equal(left, []string{"phone"}) {
		t.Errorf("Karim's devices are %v", left)
	}
	if err := w.Service.ForgetDevice(t.Context(), w.AsKarim, d.ID); err != nil {
		t.Error(err)
	}
	if left := registered(t, w, w.AsKarim); len(left) != 0 {
		t.Errorf("Karim's devices are %v", left)
	}
}

// Every kind of notice, sent: none names a person, a street, a town or what the client wrote; each is in the person's language.
func TestALockedScreenGivesNothingAway(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	phones(t, w, "phone")
	client := w.AsHousehold
	if _, err := w.Service.RegisterDevice(t.Context(), client, dispatch.PlatformIOS, "client-phone"); err != nil {
		t.Fatal(err)
	}
	network2 := func(in *dispatch.NewRequest) {
		in.RequiredSkills = []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 2}}
	}
	v := published(t, w)
	added := w.Request(t, network2)
	w.WorkJobs(t)
	begin := w.At(0, 15, 0)
	other := w.VisitOf(t, added)
	if _, err := w.Service.AssignVisit(t.Context(), w.Dispatcher, other.ID, other.Version, dispatch.Choice{TechnicianID: w.Karim.ID, Begin: &begin}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Service.CancelRequest(t.Context(), w.Dispatcher, added.ID, "Réparé"); err != nil {
		t.Fatal(err)
	}
	walk(t, w, w.AsKarim, mustVisit(t, w, v), dispatch.Accepted, dispatch.EnRoute)
	w.WorkJobs(t)
	kinds := map[string]bool{}
	for _, s := range w.Sender.Sent() {
		n := s.Notice
		kinds[n.Data["kind"]] = true
		if n.Title == "" || n.Body == "" || n.Collapse == "" || n.TTL <= 0 || strings.Contains(n.Title+n.Body, "{") || strings.HasPrefix(n.Title, "notice.") {
			t.Errorf("the notice is incomplete: %+v", n)
		}
		said := strings.ToLower(fmt.Sprint(n.Title, n.Body, n.Collapse, n.Data))
		for _, secret := range []string{"moreau", "karim", "haddad", "charonne", "75011", "paris", "box", "+336"} {
			if strings.Contains(said, secret) {
				t.Errorf("the notice names %q: %s", secret, said)
			}
		}
		if n.Data["kind"] != "notice.route" {
			if _, err := uuid.Parse(n.Data["visit_id"]); err != nil {
				t.Errorf("the app cannot open the visit: %v", n.Data)
			}
		}
	}
	for _, kind := range []string{"notice.route", "notice.visit_new", "notice.visit_moved", "notice.visit_gone", "notice.en_route"} {
		if !kinds[kind] {
			t.Errorf("no %s was sent: nothing was checked of it", kind)
		}
	}
}

func TestPublishingTwiceTellsOnce(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	phones(t, w, "phone")
	v := published(t, w)
	w.WorkJobs(t)
	before := routes(t, w)
	happened := len(events(t, w))
	w.Clock.Advance(time.Minute)
	publish(t, w)
	w.WorkJobs(t)
	wantAttempts(t, w, []string{"phone"})
	if again := mustVisit(t, w, v); again.Version != v.Version {
		t.Errorf("publishing again changed the visit from version %d to %d", v.Version, again.Version)
	}
	if n := len(events(t, w)); n != happened {
		t.Errorf("publishing again made %d events", n-happened)
	}
	for i, r := range routes(t, w) {
		if !r.Shift.PublishedAt.Equal(*before[i].Shift.PublishedAt) || r.Shift.RouteVersion != before[i].Shift.RouteVersion {
			t.Errorf("route %s was published at %s, and again at %s (version %d, then %d)", r.Shift.ID, before[i].Shift.PublishedAt, r.Shift.PublishedAt,
				before[i].Shift.RouteVersion, r.Shift.RouteVersion)
		}
	}
}
