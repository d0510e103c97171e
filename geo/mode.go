package geo

import "fmt"

// Mode is a means of transport.
type Mode uint8

// The modes of transport, in the order of their strings in the API and the database.
const (
	Car Mode = iota
	Bike
	Foot
	PublicTransport
)

// Modes is the number of modes; every valid Mode is below it.
const Modes = 4

var modeNames = [Modes]string{"car", "bike", "foot", "public_transport"}

// ParseMode reads a mode as the API and the database write it: car, bike, foot or public_transport.
func ParseMode(s string) (Mode, error) {
	for mode, name := range modeNames {
		if s == name {
			return Mode(mode), nil
		}
	}
	return 0, fmt.Errorf("unknown transport mode %q: want car, bike, foot or public_transport", s)
}

// String is the mode as the API and the database write it.
func (m Mode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return fmt.Sprintf("Mode(%d)", uint8(m))
}

// MarshalText writes the mode as String does, and refuses an unknown one.
func (m Mode) MarshalText() ([]byte, error) {
	if m >= Modes {
		return nil, fmt.Errorf("unknown transport mode %d", uint8(m))
	}
	return []byte(m.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (m *Mode) UnmarshalText(text []byte) error {
	mode, err := ParseMode(string(text))
	if err != nil {
		return err
	}
	*m = mode
	return nil
}
