package inboxsqlite

import "fmt"

// SetMaxPages bounds the file, as a full disk does.
func (b *Box) SetMaxPages(n int) error {
	_, err := b.db.write.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", n))
	return err
}
