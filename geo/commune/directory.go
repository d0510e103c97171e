package commune

import (
	"bytes"
	"cmp"
	"compress/gzip"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tournee/geo"
)

// ErrNotFound is wrapped when no commune matches; ErrAmbiguous when several do and nothing tells which is meant.
var (
	ErrNotFound  = errors.New("commune not found")
	ErrAmbiguous = errors.New("several communes of that name")
)

// Directory looks communes up. It does not change, and is safe for concurrent use.
type Directory struct {
	communes   []Commune // in the order of their codes
	byCode     map[string]int
	byPostcode map[string][]int // most populous first
	byName     map[string][]int // by normalized name, former names included; most populous first
}

//go:embed communes.tsv.gz
var compressed []byte

// France is the directory of all communes. The first call unpacks it, in some tens of milliseconds.
var France = sync.OnceValue(func() *Directory {
	d, err := unpack(compressed)
	if err != nil {
		panic(fmt.Sprintf("commune: the embedded file is damaged: %v", err))
	}
	return d
})

func unpack(compressed []byte) (*Directory, error) {
	r, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	const communes, postcodes = 40_000, 8_000 // a little above what there are
	d := &Directory{
		communes: make([]Commune, 0, communes), byCode: make(map[string]int, communes),
		byPostcode: make(map[string][]int, postcodes), byName: make(map[string][]int, communes),
	}
	var former [][]string
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) == 2 {
			former = append(former, fields)
			continue
		}
		c, err := parse(fields)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		d.add(c)
	}
	for _, f := range former {
		i, ok := d.byCode[f[0]]
		if !ok {
			return nil, fmt.Errorf("former commune %s belongs to an unknown one, %s", f[1], f[0])
		}
		d.name(f[1], i)
	}
	d.rank()
	return d, nil
}

func parse(fields []string) (Commune, error) {
	if len(fields) != 8 {
		return Commune{}, fmt.Errorf("%d fields, want 8", len(fields))
	}
	lat, errLat := strconv.ParseFloat(fields[3], 64)
	lon, errLon := strconv.ParseFloat(fields[4], 64)
	placement, errPlacement := strconv.ParseUint(fields[5], 10, 8)
	population, errPopulation := strconv.Atoi(fields[6])
	return Commune{
		Code: fields[0], Name: fields[1], City: fields[2], Position: geo.Position{Lat: lat, Lon: lon},
		Placement: Placement(placement), Population: population, Postcodes: strings.Split(fields[7], ","),
	}, errors.Join(errLat, errLon, errPlacement, errPopulation)
}

func (d *Directory) add(c Commune) {
	i := len(d.communes)
	d.communes = append(d.communes, c)
	d.byCode[c.Code] = i
	for _, postcode := range c.Postcodes {
		d.byPostcode[postcode] = append(d.byPostcode[postcode], i)
	}
	d.name(c.Name, i)
}

func (d *Directory) name(name string, i int) {
	normalized := Normalize(name)
	if !slices.Contains(d.byName[normalized], i) {
		d.byName[normalized] = append(d.byName[normalized], i)
	}
}

func (d *Directory) rank() {
	byPopulation := func(i, j int) int {
		return cmp.Or(cmp.Compare(d.communes[j].Population, d.communes[i].Population), cmp.Compare(i, j))
	}
	for _, list := range d.byPostcode {
		slices.SortFunc(list, byPopulation)
	}
	for _, list := range d.byName {
		slices.SortFunc(list, byPopulation)
	}
}

// All are the communes in the order of their codes, arrondissements among them. The caller must not change them.
func (d *Directory) All() []Commune { return d.communes }

// ByCode finds a commune or arrondissement by its INSEE code.
func (d *Directory) ByCode(code string) (Commune, bool) {
	i, ok := d.byCode[code]
	if !ok {
		return Commune{}, false
	}
	return d.communes[i], true
}

// ByPostcode are the communes and arrondissements that a postal code serves, most populous first.
func (d *Directory) ByPostcode(postcode string) []Commune { return d.pick(d.byPostcode[postcode]) }

// ByName are the communes whose present name, or a former commune's name, is the given one as Normalize reads it, most populous first.
func (d *Directory) ByName(name string) []Commune { return d.pick(d.byName[Normalize(name)]) }

func (d *Directory) pick(indexes []int) []Commune {
	picked := make([]Commune, len(indexes))
	for k, i := range indexes {
		picked[k] = d.communes[i]
	}
	return picked
}

// Find is the commune that a postal code and a name, as people write them on an envelope, mean; either may be empty.
//
// In order: the name among the communes of the postal code; a name that begins alike there; the name in the same
// department (a CEDEX code, or a slip in the code); without a name, the most populous commune of the postal code; without a code, the only
// commune of the name. In Paris, Lyon and Marseille the postal code tells the arrondissement. The error wraps
// ErrNotFound or ErrAmbiguous.
func (d *Directory) Find(postcode, name string) (Commune, error) {
	postcode = strings.ReplaceAll(strings.TrimSpace(postcode), " ", "")
	wanted := Normalize(name)
	if postcode == "" {
		return d.only(name, wanted)
	}
	served := d.byPostcode[postcode]
	if wanted == "" {
		if len(served) == 0 {
			return Commune{}, fmt.Errorf("%w: no commune has the postal code %q", ErrNotFound, postcode)
		}
		return d.district(served[0], served), nil
	}
	for _, i := range served {
		if slices.Contains(d.byName[wanted], i) {
			return d.district(i, served), nil
		}
	}
	for _, i := range served {
		if beginAlike(Normalize(d.communes[i].Name), wanted) {
			return d.district(i, served), nil
		}
	}
	for _, i := range d.byName[wanted] {
		if strings.HasPrefix(postcode, postalDepartment(d.communes[i].Code)) {
			return d.communes[i], nil
		}
	}
	return Commune{}, fmt.Errorf("%w: no commune called %q has the postal code %q or lies in its department", ErrNotFound, name, postcode)
}

// only is the single commune of a name. A former name does not count where a commune is called so today.
func (d *Directory) only(name, wanted string) (Commune, error) {
	named := slices.Clone(d.byName[wanted])
	today := slices.DeleteFunc(slices.Clone(named), func(i int) bool { return Normalize(d.communes[i].Name) != wanted })
	if len(today) > 0 {
		named = today
	}
	switch {
	case wanted == "":
		return Commune{}, fmt.Errorf("%w: neither a postal code nor a name is given", ErrNotFound)
	case len(named) == 0:
		return Commune{}, fmt.Errorf("%w: no commune is called %q", ErrNotFound, name)
	case len(named) > 1:
		return Commune{}, fmt.Errorf("%w: %d communes are called %q; give the postal code", ErrAmbiguous, len(named), name)
	}
	return d.communes[named[0]], nil
}

// district is the arrondissement among those that the postal code serves, where the commune is a city that has some.
func (d *Directory) district(i int, served []int) Commune {
	for _, j := range served {
		if d.communes[j].City == d.communes[i].Code {
			return d.communes[j]
		}
	}
	return d.communes[i]
}

// postalDepartment is how the postal codes of a department begin: Corsica's do not follow its INSEE codes, and
// Saint-Barthélemy and Saint-Martin kept Guadeloupe's.
func postalDepartment(code string) string {
	switch department := department(code); department {
	case "2A", "2B":
		return "20"
	case "977", "978":
		return "971"
	default:
		return department
	}
}

// beginAlike tells whether one name is the first words of the other.
func beginAlike(a, b string) bool {
	return strings.HasPrefix(a+" ", b+" ") || strings.HasPrefix(b+" ", a+" ")
}

// Nearest is the commune or arrondissement whose centre is nearest to a position, among those that have a centre of their own.
func (d *Directory) Nearest(p geo.Position) Commune {
	from := geo.VectorOf(p)
	nearest, least := 0, math.Inf(1)
	for i := range d.communes {
		if d.communes[i].Placement != Own {
			continue
		}
		metres := from.Metres(geo.VectorOf(d.communes[i].Position))
		if metres < least {
			nearest, least = i, metres
		}
	}
	return d.communes[nearest]
}
