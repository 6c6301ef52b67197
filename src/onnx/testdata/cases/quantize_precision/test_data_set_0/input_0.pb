
J0-Ä BJ6kA~º^ÄAG1¸ÒÂ¢BYFö-”½@sAñAšº“)ñ=!FþC|¾Ï=fA