//! Themes without a grammar of their own: computers, weather, colours, sport,
//! numbers, small talk. Words come from the categories below.

/// Word lists that any pattern may use.
pub(crate) const CATEGORIES: &[(&str, &str)] = &[
    (
        "boyname",
        "john/peter/thomas/henry/paul/george/david/martin/robert/william/simon/victor/hugo",
    ),
    ("girlname", "mary/anna/clara/emma/julia/helen/laura/alice/sophie/martha/nora/rosa/grace"),
    (
        "mood",
        "happy/tired/proud/angry/lonely/nervous/grateful/curious/hungry/sad/worried/pleased/jealous/calm",
    ),
    (
        "trait",
        "kind/brave/famous/clever/polite/honest/young/old/patient/generous/stubborn/wise/friendly/modest",
    ),
    ("someone", "i/we/they/you/{boyname}/{girlname}/the children/my friends/somebody/everybody"),
    ("one", "he/she/{boyname}/{girlname}/my friend/our neighbour/the student"),
    ("group", "we/they/you/the children/my friends/the students/our neighbours"),
    ("colour", "red/blue/green/white/black/yellow/brown/grey/pink/purple/orange"),
    ("country", "germany/china/france/italy/japan/india/america/poland/brazil/turkey"),
    ("season", "winter/summer/spring/autumn"),
    (
        "month",
        "january/march/april/may/june/july/august/september/october/november/december/february",
    ),
    ("weekday", "sunday/monday/friday/saturday/tuesday/wednesday/thursday"),
    ("number", "two/three/four/five/six/seven/eight/nine/ten/twelve/twenty/hundred/thousand"),
    ("weather", "sunny/rainy/cloudy/windy/foggy/snowy/stormy/dry/humid/frosty"),
    ("falls", "rain/snow/hail/storm/fog/thunder/lightning/sunshine/wind/frost"),
    ("nature", "mountains/valleys/forest/coast/desert/islands/plains/hills/swamps/lakes"),
    ("sport", "football/tennis/basketball/hockey/volleyball/rugby/baseball/golf/badminton/cricket"),
    ("team", "team/club/captain/coach/goalkeeper/referee/champion/fans/opponent"),
    (
        "field",
        "artificial intelligence/machine learning/deep learning/computer science/robotics/statistics/linguistics",
    ),
    (
        "program",
        "program/algorithm/software/neural network/language model/search engine/database/website",
    ),
    ("data", "data/text/corpus/images/words/vectors/sentences/numbers/files/signals"),
    ("compute", "train/test/run/evaluate/improve/download/install/update"),
    ("expert", "researcher/programmer/engineer/data scientist/student/developer"),
    (
        "hardware",
        "processor/memory/graphics card/hard disk/keyboard/screen/server/network cable/battery/chip",
    ),
    ("body", "head/arm/leg/hand/foot/back/knee/shoulder/finger/ear/nose/eye/tooth/neck/stomach"),
    ("illness", "headache/fever/cough/cold/infection/allergy/wound"),
    (
        "subject",
        "mathematics/physics/chemistry/biology/history/geography/music/art/philosophy/economics",
    ),
    ("drink", "water/tea/coffee/milk/juice/beer/wine/lemonade/cocoa"),
    ("meal", "breakfast/lunch/dinner/supper"),
    ("metal", "gold/silver/iron/copper/steel/lead/aluminium/tin"),
    ("sky", "moon/sun/stars/planets/comets"),
    ("material", "wood/stone/glass/paper/leather/cotton/wool/plastic"),
];

/// Openers that suit a statement, a question and a request alike.
pub(crate) const LEADS: &[&str] = &[
    "well",
    "of course",
    "as far as i know",
    "by the way",
    "to be honest",
    "believe me",
    "look",
    "yes",
    "no",
    "in short",
    "after all",
    "as a matter of fact",
    "oh",
    "in my opinion",
    "on the other hand",
];

/// Words that join two clauses.
pub(crate) const JOINTS: &[&str] = &["and", "but"];

/// Computers and artificial intelligence.
pub(crate) const COMPUTING: &str = "
{field} is related to {field}
the {expert} studies {field} at the university
the {expert} wrote a {program} in {field}
the {expert} wants to {compute} the {program}
a {program} for {field} needs a lot of {data}
the {program} turns {data} into {data}
the {program} learns from {data}
to {compute} the {program} you need a fast {hardware}
the computer has a new {hardware} and a fast {hardware}
the {hardware} of the computer is broken
the {expert} replaced the {hardware} of the laptop
please {compute} the {program} on your computer
you can {compute} the {program} on the internet
{field} helps the {expert} to {compute} a {program}
the robot uses {field} to understand {data}
computers store {data} in the {hardware}
the company hired a {expert} who knows {field}
the neural network was trained on {data}
word vectors are learned from text by a {program}
each word in the corpus becomes a vector
similar words have similar vectors
a language model predicts the next word from {data}
the {program} crashed and the {expert} lost the {data}
the {expert} loves {field}
i love artificial intelligence
i love machine learning and {field}
the password of the {program} is secret
the {expert} found a bug in the {program}
the {program} searches the {data} on the server
artificial intelligence can recognise {data}
";

/// Weather, seasons and the calendar.
pub(crate) const WEATHER: &str = "
it is {weather} today and it will be {weather} tomorrow
the weather in {season} is {weather}
in {month} the weather is often {weather} in the {nature}
the forecast for {weekday} promises {falls} and {falls}
on {weekday} there was {falls} in the {nature}
the {falls} came down on the {nature} in {month}
after the {falls} the sky was clear
in {season} we like to visit the {nature}
the days are long in summer and short in winter
the month of {month} was very {weather}
we remember the {season} when {month} was {weather}
from {month} to {month} it is {weather}
school starts on {weekday} and ends on {weekday}
we meet every {weekday} in {month}
the shop is closed on {weekday} and {weekday}
it was a {weather} {weekday} in {month}
last {season} the {falls} damaged the houses
take an umbrella because of the {falls}
the sun rises in the east and sets in the west
the temperature fell and the {falls} began
the {sky} can be seen in a clear {season} night
astronomers watch the {sky} and the {sky} with a telescope
the {sky} shine over the {nature}
";

/// Sport, school and health.
pub(crate) const LIFE: &str = "
our {team} plays {sport} on {weekday}
the {team} and the {team} argued about the {sport} match
the {sport} {team} scored {number} points
{boyname} plays {sport} better than {girlname}
{girlname} plays {sport} better than {boyname}
the {sport} match ended after {number} minutes
i prefer {sport} to {sport}
the {team} won the {sport} game by {number} points
fans of {sport} watched the {team}
the pupils have {subject} on {weekday}
{subject} and {subject} are my favourite subjects at school
the {subject} teacher gave us {number} questions
she got a good grade in {subject}
the {subject} exam was harder than the {subject} exam
my {body} hurts and i have a {illness}
the doctor looked at my {body} because of the {illness}
the patient with the {illness} took a pill
he broke his {body} and hurt his {body}
wash your {body} and dry your {body}
against a {illness} you should rest and drink {drink}
i drink {drink} for {meal}
we had {drink} and {drink} with {meal}
a glass of {drink} is better than a cup of {drink}
{meal} is ready and the {drink} is on the table
{number} people ordered {drink} for {meal}
i counted from one to {number}
the ring is made of {metal} and not of {metal}
{metal} is more expensive than {metal} this year
the price of {metal} rose in {month}
the box is made of {material} and not of {material}
{material} is better than {material} for this job
the wall was painted {colour} and the door was painted {colour}
{colour} and {colour} are my favourite colours
mix {colour} and {colour} to get another colour
the flag is {colour} and {colour}
the {colour} paint is brighter than the {colour} paint
";

/// Small talk.
pub(crate) const TALK: &str = "
how are you today
thank you very much for your help
i do not know what you mean
can you tell me what time it is
where have you been all this time
that is a good idea and i like it
what would you do if you were me
it is not what it looks like
there is nothing that we can do about it
i have been here for {number} years
we will see what happens next
nobody told me about that
it takes {number} hours to get there
could you please say that again
i would rather stay here than go there
this is one of those things that you cannot change
they did not want to come with us
he said that he would be late
she said that she would be late
i hope to see you again on {weekday}
what is the name of this place
are you sure that this is the right way
we have to go now because it is late
everything will be all right
";
