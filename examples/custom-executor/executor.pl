# An executor in Perl, for functions in Perl. It speaks the executor protocol (docs/executor-protocol.md) on standard input and
# output; its standard error is the function's log. What a function can do here, Perl can do: the walls are the sandbox's.
use strict;
use warnings;
use IO::Handle;
use JSON::PP;

my $json = JSON::PP->new->utf8->canonical;

# What the function prints goes to its log, not between our frames.
open my $channel, '>&', \*STDOUT or die "no channel: $!";
open STDOUT, '>&', \*STDERR or die "no log: $!";
STDOUT->autoflush(1);    # The process is ended when it has said "done".
binmode $_ for \*STDIN, $channel;

sub exactly {
    my ($length) = @_;
    my $bytes = '';
    while (length $bytes < $length) {
        my $got = sysread STDIN, $bytes, $length - length $bytes, length $bytes;
        exit 0 unless $got;    # The worker is gone.
    }
    return $bytes;
}

sub receive {
    my ($head, $body) = unpack 'NN', exactly(8);
    return ($json->decode(exactly($head)), exactly($body));
}

sub tell_worker {
    my ($head, $body) = (@_, '');
    my $text  = $json->encode($head);
    my $frame = pack('NN', length $text, length $body) . $text . $body;
    my $sent  = 0;
    while ($sent < length $frame) {
        $sent += syswrite($channel, $frame, length($frame) - $sent, $sent) // exit 0;
    }
}

sub ask {
    tell_worker(@_);
    my ($head, $body) = receive();
    die bless $head, 'Refused' if $head->{type} eq 'error';
    return ($head, $body);
}

# A refused request: as text it is the worker's message. Its code goes along where the function fails of it.
{
    package Refused;
    use overload '""' => sub { "$_[0]{message}\n" }, fallback => 1;
}

# What functions call.
sub open_input    { my ($head) = ask({ type => 'open', input => $_[0] }); return $head->{handle} }
sub create_output { my ($head) = ask({ type => 'create', output => $_[0] }); return $head->{handle} }
sub read_bytes { my (undef, $bytes) = ask({ type => 'read', handle => $_[0], length => $_[1] }); return $bytes }
sub write_bytes { ask({ type => 'write', handle => $_[0] }, $_[1]); return }
sub close_file  { ask({ type => 'close', handle => $_[0] }); return }

sub slurp {
    my ($handle, $all) = (open_input($_[0]), '');
    while (length(my $part = read_bytes($handle, 1 << 20))) { $all .= $part }
    close_file($handle);
    return $all;
}

tell_worker({ type => 'ready', protocol => 1 });
my (undef, $code) = receive();    # prepare
my ($job) = receive();            # job
my $result = eval {
    eval "package main; no strict; $code; 1" or die $@;
    main($json->decode($job->{arguments}), $job);
};
if (my $error = $@) {
    my @code = ref $error eq 'Refused' ? (code => $error->{code}) : ();
    tell_worker({ type => 'failed', message => substr("$error", 0, 60_000), @code });
}
else { tell_worker({ type => 'done' }, $result // '') }
