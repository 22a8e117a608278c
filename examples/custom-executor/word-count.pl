# A function: how often each word of the input occurs, as CSV; gives the number of different words.
sub main {
    my ($arguments) = @_;
    my $least = $arguments->{least} // 1;
    my %count;
    $count{lc $_}++ for slurp('text') =~ /\w+/g;
    my $out = create_output('counts');
    for my $word (sort keys %count) {
        write_bytes($out, "$word,$count{$word}\n") if $count{$word} >= $least;
    }
    print 'counted ' . keys(%count) . " words\n";
    return scalar keys %count;
}
