package dispatch_test

import (
	"testing"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

func TestTheDevicesOfAClosedAccountAreForgottenByWhoeverMayCloseIt(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	for token, p := range map[string]dispatch.Principal{"phone": w.AsKarim, "tablet": w.AsKarim, "other": w.AsLea} {
		if _, err := w.Service.RegisterDevice(t.Context(), p, dispatch.PlatformIOS, token); err != nil {
			t.Fatal(err)
		}
	}
	left := func(p dispatch.Principal) int {
		devices, err := w.Service.Devices(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		return len(devices)
	}
	for _, p := range []dispatch.Principal{w.AsLea, w.AsHousehold, w.PartnerKey, w.Dispatcher} {
		if err := w.Service.ForgetDevicesOf(t.Context(), p, w.AsKarim.ID); dispatch.KindOf(err) != dispatch.KindForbidden || err == nil {
			t.Errorf("a %s forgets another's devices: %v", p.Role, err)
		}
	}
	elsewhere := w.Administrator
	elsewhere.OrganizationID = dispatchtest.NewID()
	if err := w.Service.ForgetDevicesOf(t.Context(), elsewhere, w.AsKarim.ID); err != nil || left(w.AsKarim) != 2 {
		t.Errorf("another organization's administrator leaves %d of 2 devices (%v)", left(w.AsKarim), err)
	}
	if err := w.Service.ForgetDevicesOf(t.Context(), w.Administrator, w.AsKarim.ID); err != nil || left(w.AsKarim) != 0 || left(w.AsLea) != 1 {
		t.Errorf("%d devices left to the one, %d to the other (%v)", left(w.AsKarim), left(w.AsLea), err)
	}
	if err := w.Service.ForgetDevicesOf(t.Context(), w.AsLea, w.AsLea.ID); err != nil || left(w.AsLea) != 0 {
		t.Errorf("one's own: %d left (%v)", left(w.AsLea), err)
	}
}
