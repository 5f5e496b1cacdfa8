package redact

import (
	"net/netip"
	"strings"
)

// network returns the network of an address: its first address, and no zone.
func network(a netip.Addr) netip.Addr {
	four := a.Unmap()
	switch {
	case !a.IsValid(), four.IsLoopback():
		return a
	case a.Is4():
		return netip.PrefixFrom(a, 24).Masked().Addr()
	case a.Is4In6():
		return netip.AddrFrom16(network(four).As16())
	}
	return netip.PrefixFrom(a.WithZone(""), 48).Masked().Addr()
}

// findIPv4 finds four numbers with dots between them, no more and no less.
func findIPv4(_ *masker, s string, from int) (start, end int, with string) {
	for i := from; i < len(s); i++ {
		if s[i] == '\\' {
			i += escapeLen(s[i:]) - 1
			continue
		}
		if !isDigit(s[i]) {
			continue
		}
		end := i
		for end < len(s) && (isDigit(s[end]) || s[end] == '.' && end+1 < len(s) && isDigit(s[end+1])) {
			end++
		}
		if last := lastOctet(s[i:end]); last > 0 && !(afterV(s, i) && small(s[i:end])) && s[i:i+4] != "127." {
			return i + last, end, "0"
		}
		i = end - 1
	}
	return -1, 0, ""
}

// afterV reports whether the number at i follows a v or the word version, as that
// of a version.
func afterV(s string, i int) bool {
	if i > 0 && s[i-1]|0x20 == 'v' && (i == 1 || !isWord(s[i-2])) {
		return true
	}
	const word = "version"
	end := len(strings.TrimRight(s[max(0, i-4):i], " =:\"")) + max(0, i-4)
	return end < i && end >= len(word) && strings.EqualFold(s[end-len(word):end], word) && !glued(s, end-len(word))
}

// small reports whether none of a version's numbers has three digits.
func small(version string) bool {
	for number := range strings.SplitSeq(version, ".") {
		if len(number) > 2 {
			return false
		}
	}
	return true
}

// lastOctet returns where the last number of an IPv4 address starts, or 0 if
// addr is none. Leading zeros are allowed, as other programs print them.
func lastOctet(addr string) int {
	dots, start, n := 0, 0, 0
	for i := range len(addr) {
		if addr[i] == '.' {
			dots, start, n = dots+1, i+1, 0
			continue
		}
		if n = n*10 + int(addr[i]-'0'); n > 255 || i-start > 2 {
			return 0
		}
	}
	if dots != 3 {
		return 0
	}
	return start
}

// findIPv6 finds an IPv6 address with its zone. Where a colon follows it or is
// before it, it is put into brackets, as its end would be lost otherwise.
func findIPv6(_ *masker, s string, from int) (start, end int, with string) {
	for i := from; i < len(s); i++ {
		if !inIPv6(s[i]) || s[i] == ':' && !strings.HasPrefix(s[i:], "::") || i > from && glued(s, i) {
			continue
		}
		end, ok := reachIPv6(s, i)
		if !ok {
			continue
		}
		if stop, masked := longestIPv6(s, i, end); stop > i {
			return i, stop, masked
		}
	}
	return -1, 0, ""
}

// reachIPv6 returns how far an address that starts at i can reach at most, and
// whether there can be one: it has eight groups, or :: once, and with that a
// digit or a third colon, as a::b is more often code.
func reachIPv6(s string, i int) (end int, ok bool) {
	colons, groups, digits, short := 0, 0, 0, false
	most := min(len(s), i+longestAddr)
	for end = i; end < most && inIPv6(s[end]); end++ {
		switch {
		case s[end] == '.' && groups == 0:
			return end, false
		case s[end] != ':':
			if isDigit(s[end]) {
				digits++
			}
			if end == i || s[end-1] == ':' {
				groups++
			}
			continue
		case s[end] == ':' && end > i && s[end-1] == ':':
			if short {
				return end - 1, colons > 3 || digits > 0
			}
			short = true
		}
		if colons++; groups > 8 {
			break
		}
	}
	if short {
		return end, colons > 2 || digits > 0 || colons == 2 && end-i == 2
	}
	return end, colons >= 5
}

const longestAddr = len("0000:0000:0000:0000:0000:0000:255.255.255.255")

// longestIPv6 returns the end of the longest address in s[start:end] that
// starts at start, and the text for its network.
func longestIPv6(s string, start, end int) (int, string) {
	for stop := end; stop >= start+2; stop-- {
		text := s[start:stop]
		if stop < len(s) && (isLetter(s[stop]) || isDigit(s[stop])) || !mayBeIPv6(text) {
			continue
		}
		addr, err := netip.ParseAddr(text)
		if err != nil {
			continue
		}
		stop = zoneEnd(s, stop)
		masked := network(addr)
		if masked == addr && stop == start+len(text) {
			return stop, text
		}
		if start > 0 && s[start-1] == ':' || stop < len(s) && s[stop] == ':' {
			return stop, "[" + masked.String() + "]"
		}
		return stop, masked.String()
	}
	return start, ""
}

// mayBeIPv6 reports whether text has as many groups as an address, and is not
// a MAC address of eight bytes.
func mayBeIPv6(text string) bool {
	colons := strings.Count(text, ":")
	if strings.Contains(text, "::") {
		return colons <= 8
	}
	if strings.IndexByte(text, '.') > 0 {
		return colons == 6
	}
	return colons == 7 && !(len(text) == 23 && pairs(text))
}

// pairs reports whether there are two digits in each group.
func pairs(text string) bool {
	for i := 2; i < len(text); i += 3 {
		if text[i] != ':' {
			return false
		}
	}
	return true
}

// zoneEnd returns the end of the zone at i, as in %eth0.
func zoneEnd(s string, i int) int {
	if i+1 >= len(s) || s[i] != '%' {
		return i
	}
	end := i + 1
	for end < len(s) && (isWord(s[end]) || strings.IndexByte("%_-.", s[end]) >= 0) {
		end++
	}
	return max(end, i+1)
}

func inIPv6(c byte) bool {
	return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' || c == ':' || c == '.'
}
