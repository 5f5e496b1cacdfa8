module github.com/hooklatch/hooklatch/bench

go 1.26.0

require (
	github.com/go-playground/webhooks/v6 v6.4.0
	github.com/goccy/go-json v0.12.0
	github.com/google/go-github/v89 v89.0.0
	github.com/hooklatch/hooklatch v0.0.0
	github.com/slack-go/slack v0.36.0
	github.com/standard-webhooks/standard-webhooks/libraries v0.0.1
	github.com/stripe/stripe-go/v85 v85.0.0
	github.com/svix/svix-webhooks v1.44.0
)

require (
	github.com/google/go-querystring v1.2.0 // indirect
	github.com/gorilla/websocket v1.5.3 // indirect
	github.com/hashicorp/golang-lru/v2 v2.0.7 // indirect
	gopkg.in/validator.v2 v2.0.1 // indirect
)

replace github.com/hooklatch/hooklatch => ..
