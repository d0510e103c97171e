package demo

// The rates are shares computed once from the 8,995 incidents of March 2016 in the "Incident management process
// enriched event log" (Amaral, Fantinato and Peres, UCI Machine Learning Repository, 2018, CC BY 4.0): real IT-support tickets of one company.

// hourly is how many of 1,000 tickets of a working day were opened in each hour.
var hourly = []int{8, 6, 5, 5, 4, 3, 12, 23, 96, 122, 130, 106, 51, 70, 99, 89, 74, 49, 16, 9, 7, 7, 5, 5}

// grade is an impact and an urgency.
type grade struct{ impact, urgency string }

// grades and gradeShares are how many of 1,000 tickets had each impact and urgency. The log's priority follows
// from the two by a matrix, as the organization's does.
var (
	grades = []grade{
		{"medium", "medium"}, {"low", "low"}, {"high", "high"}, {"medium", "high"}, {"high", "medium"}, {"low", "medium"}, {"medium", "low"},
	}
	gradeShares = []int{936, 33, 10, 9, 6, 4, 2}
)

// supportShares are how many of 100 tickets ended at support levels 1 to 4, taken from how often they were
// passed on: never, once, two or three times, more often.
var supportShares = []int{44, 29, 18, 9}

// categoryShares are the shares, in thousandths of the whole, of the log's twelve most frequent categories (their names are
// withheld there), in descending order; categories of the demo take them in theirs.
var categoryShares = []int{133, 107, 103, 101, 71, 55, 49, 43, 43, 39, 37, 32}
