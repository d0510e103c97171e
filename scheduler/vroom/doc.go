// Package vroom reads the input of VROOM (github.com/VROOM-Project/vroom,
// docs/API.md, version 1.15) as a scheduler.Problem and writes a plan of it as
// VROOM's output, so that the solver takes VROOM's place without a change in
// the caller.
//
//	JSON ──Read──▶ Input{Problem, Start} ──scheduler.Solve──▶ Plan ──Input.Write──▶ JSON
//	                 *scheduler.Invalid, *NoMatrix ──WriteError──▶ {"code":2,"error":"…"}
//
// A vehicle becomes one technician with one shift; a job becomes a visit; the
// location indexes in use become places; a profile with a speed factor becomes
// a transport mode. Priorities left out count first, then jobs left out, then
// money, as there. What differs from VROOM is in docs/vroom.md.
package vroom
