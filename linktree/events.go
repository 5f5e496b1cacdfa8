package linktree

// The event types. Linktree may add others: they are of no concern to a
// dispatch.Mux, which acknowledges what it has no handler for.
const (
	LinkCreated        = "link.created"        // carries LinkCreatedData
	LinkUpdated        = "link.updated"        // carries LinkUpdatedData
	LinkDeleted        = "link.deleted"        // carries LinkDeletedData
	ProfileUpdated     = "profile.updated"     // carries ProfileUpdatedData
	AnalyticsMilestone = "analytics.milestone" // carries AnalyticsMilestoneData
)

// EventTypes returns the types above, in that order.
func EventTypes() []string {
	return []string{LinkCreated, LinkUpdated, LinkDeleted, ProfileUpdated, AnalyticsMilestone}
}

// LinkCreatedData is the data of [LinkCreated].
//
// Here as in the other payloads, a member that is missing or null leaves its
// field at the zero value, and members that are not listed are ignored: they
// may be newer than this package.
type LinkCreatedData struct {
	LinkID   string `json:"link_id"`
	Title    string `json:"title"`
	URL      string `json:"url"`
	Position int    `json:"position"` // in the profile's list of links
}

// LinkUpdatedData is the data of [LinkUpdated].
type LinkUpdatedData struct {
	LinkID       string `json:"link_id"`
	Title        string `json:"title"`
	URL          string `json:"url"`
	Position     int    `json:"position"`
	ThumbnailURL string `json:"thumbnail_url"` // empty if the link has none
}

// LinkDeletedData is the data of [LinkDeleted].
type LinkDeletedData struct {
	LinkID    string `json:"link_id"`
	DeletedAt Time   `json:"deleted_at"`
}

// ProfileUpdatedData is the data of [ProfileUpdated].
type ProfileUpdatedData struct {
	Username  string `json:"username"`
	Bio       string `json:"bio"`
	AvatarURL string `json:"avatar_url"`
	Theme     string `json:"theme"`
}

// AnalyticsMilestoneData is the data of [AnalyticsMilestone]: a link's metric
// has reached a threshold.
//
// The numbers may have fractions, as those of money or rates do. Counts are
// exact up to 2^53.
type AnalyticsMilestoneData struct {
	LinkID    string  `json:"link_id"`
	Metric    string  `json:"metric"` // such as "clicks"
	Value     float64 `json:"value"`
	Threshold float64 `json:"threshold"`
}
