package vroom

import (
	"encoding/json"

	"tournee/scheduler"
)

// Input is VROOM's input, read and found sound.
type Input struct {
	Problem *scheduler.Problem
	Start   *scheduler.Plan // the vehicles' steps, as a plan to start from; nil when none has any

	jobs       []job
	vehicles   []vehicle
	dimensions int
	counted    []bool // per dimension, the load is counted along the route
	places     []int  // the locations in use, ascending: the problem's places
	travel     map[mode]*travel
	low        int64          // the instant that is the problem's time 0
	unit       int64          // of the problem's money in one of VROOM's
	visits     map[string]int // by the problem's ids, the index of the job
	shifts     map[string]int // and of the vehicle
}

// window is a stretch of time in which service may start, ends included, in
// the input's own seconds.
type window struct{ open, close int64 }

// location is an index into the matrices, and coordinates if they were given.
type location struct {
	index       int // -1: none
	coordinates []json.Number
}

type job struct {
	id               uint64
	description      string
	location         location
	setup, service   int64
	setups, services map[string]int64 // by vehicle type
	delivery, pickup []int64
	skills           []int64
	priority         int
	windows          []window // narrowed by the step that fixes the job
	fixed            *uint64  // the vehicle that a step with a service time keeps it in
}

type vehicle struct {
	id          uint64
	description string
	start, end  location
	mode        mode
	kind        string
	capacity    []int64
	skills      []int64
	window      *window
	breaks      []pause // in the order they are taken
	costs       costs
	maxTasks    *int64
	maxTravel   *int64
	maxDistance *int64
	steps       []step
}

type costs struct {
	fixed, perHour, perKm int64
}

// The prices of a vehicle that gives none: a second of travel costs one.
var defaultCosts = costs{perHour: 3600}

// mode is a profile at a speed: the percentage of the matrix's durations that
// a vehicle takes.
type mode struct {
	profile string
	percent int64
}

// pause is a vehicle's break.
type pause struct {
	id          uint64
	description string
	windows     []window
	service     int64
	maxLoad     []int64 // nil: any load
}

// step is one element of a vehicle's steps.
type step struct {
	kind              string
	id                uint64
	at, after, before *int64
}

// took is what job j takes vehicle v: its setup and its service.
func (j *job) took(v *vehicle) (setup, service int64) {
	setup, service = j.setup, j.service
	if s, ok := j.setups[v.kind]; ok {
		setup = s
	}
	if s, ok := j.services[v.kind]; ok {
		service = s
	}
	return setup, service
}
